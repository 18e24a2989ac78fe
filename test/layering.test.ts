/** Imports go one way: a layer knows those below it, never those above. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

/** What each folder of the sources may import besides itself. */
const below: Record<string, readonly string[]> = {
  tensor: [],
  autograd: ['tensor'],
  nn: ['autograd', 'tensor'],
  models: ['nn', 'autograd', 'tensor'],
  explain: ['models', 'nn', 'autograd', 'tensor'],
  optim: ['autograd', 'tensor'],
  distributed: ['tensor'],
  io: ['nn', 'autograd', 'tensor'],
  data: ['io', 'tensor'],
  figures: ['nn', 'io', 'tensor'],
  train: ['distributed', 'models', 'figures', 'data', 'io', 'nn', 'optim', 'autograd', 'tensor', 'defaultBackend.ts'],
  detect: ['train', 'figures', 'models', 'data', 'io', 'nn', 'optim', 'autograd', 'tensor', 'defaultBackend.ts'],
  prune: ['train', 'models', 'nn', 'tensor'],
  experiments: [
    ...[
      'detect',
      'prune',
      'figures',
      'train',
      'distributed',
      'models',
      'data',
      'io',
      'nn',
      'optim',
      'autograd',
      'tensor',
    ],
    'defaultBackend.ts',
  ],
  serve: ['figures', 'train', 'data', 'io', 'nn', 'tensor', 'defaultBackend.ts'],
  report: ['experiments', 'figures', 'train', 'data', 'io', 'tensor'],
}

/** How text is written as XML, where the package and its worker files lie, what an entry point has to set up; any layer may ask. */
const places = ['escapeXml.ts', 'packageRoot.ts', 'setup.ts', 'workerUrl.ts']

const filesUnder = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(root, folder, file))

/** The files that a source file imports by relative path, static and dynamic; of types too, unless only what is loaded counts. */
function importsOf(file: string, loadedOnly = false): string[] {
  const text = readFileSync(file, 'utf8')
  const source = loadedOnly ? text.replaceAll(/^(?:import|export) type [^']*'[^']+'/gm, '') : text
  const specifiers = [...source.matchAll(/(?:\bfrom|\bimport|\bimport\()\s*'(\.[^']+)'/g)].map((match) => match[1]!)
  return specifiers.map((specifier) => resolve(dirname(file), specifier.replace(/\.js$/, '.ts')))
}

/** `tensor` for src/tensor/wasm/heap.ts, `index.ts` for src/index.ts, `../cli` for anything outside src. */
const layerOf = (file: string): string => {
  const [first, second] = relative(join(root, 'src'), file).split(sep)
  return first === '..' ? `../${second}` : first!
}

test('every folder of the sources has its place in the order', () => {
  const folders = readdirSync(join(root, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory())
  expect(folders.map(({ name }) => name).filter((name) => !(name in below))).toEqual([])
})

describe.each(Object.entries(below))('src/%s', (layer, lower) => {
  const allowed = new Set([layer, ...lower, ...places])

  test(`imports only ${[layer, ...lower].join(', ')}`, () => {
    const wrong = filesUnder(join('src', layer)).flatMap((file) =>
      importsOf(file)
        .filter((imported) => !allowed.has(layerOf(imported)))
        .map((imported) => `${relative(root, file)} imports ${relative(root, imported)}`),
    )
    expect(wrong).toEqual([])
  })
})

test('the sources import nothing outside src: not the command line, not the tests', () => {
  const outside = filesUnder('src').flatMap((file) =>
    importsOf(file)
      .filter((imported) => layerOf(imported).startsWith('..'))
      .map((imported) => `${relative(root, file)} imports ${relative(root, imported)}`),
  )
  expect(outside).toEqual([])
})

test('the order has no circle', () => {
  for (const [layer, lower] of Object.entries(below)) {
    for (const other of lower) expect(below[other] ?? [], `${other} below ${layer}`).not.toContain(layer)
  }
})

test('inside the tensors, the reference backend does not know the fast one', () => {
  const known = filesUnder(join('src', 'tensor', 'reference')).flatMap((file) => importsOf(file))
  expect(known.filter((file) => file.includes(join('tensor', 'wasm')))).toEqual([])
})

/** What a network, its training and a look into it consist of. */
const core = [
  ...['index.ts', 'autograd/functional.ts', 'nn/index.ts', 'models/index.ts', 'optim/index.ts'],
  ...['train/stepper.ts', 'train/predictor.ts', 'data/batch.ts', 'data/cifarRecords.ts', 'explain/explain.ts'],
  'explain/formats/svg.ts',
]

test('the core runs in a browser too: what it loads, loads no module of Node.js', () => {
  const seen = new Set<string>()
  const visit = (file: string): void => {
    if (seen.has(file)) return
    seen.add(file)
    importsOf(file, true).forEach(visit)
  }
  for (const file of core) visit(join(root, 'src', file))
  expect(seen.size).toBeGreaterThan(100)
  const ofNode = [...seen].filter((file) => /(?:from|import|import\()\s*'node:/.test(readFileSync(file, 'utf8')))
  expect(ofNode.map((file) => relative(root, file))).toEqual([])
})

test('imports are found at all', () => {
  const imports = importsOf(join(root, 'src', 'autograd', 'op.ts'))
  expect(imports.map((file) => relative(root, file).split(sep).join('/'))).toEqual([
    'src/tensor/backend.ts',
    'src/tensor/ndarray.ts',
    'src/tensor/spans.ts',
    'src/tensor/tensor.ts',
    'src/autograd/gradMode.ts',
  ])
})
