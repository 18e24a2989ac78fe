/** The package as it is published: packed, installed into a project of its own, and used from there. */
import { execFileSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { rolldown } from 'rolldown'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 240_000 })

const root = fileURLToPath(new URL('../..', import.meta.url))
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const project = mkdtempSync(join(tmpdir(), 'ghostgrad-package-'))
const installed = join(project, 'node_modules', 'ghostgrad')
const inProject = (command: string, ...args: string[]): string =>
  execFileSync(command, args, { cwd: project, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

beforeAll(() => {
  const [packed] = JSON.parse(
    execFileSync('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', project], {
      cwd: root,
      encoding: 'utf8',
    }),
  )
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'consumer', private: true, type: 'module' }))
  inProject('npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', `./${packed.filename}`)
})

afterAll(() => rmSync(project, { recursive: true }))

describe('the package', () => {
  it('is what publint asks for', async () => {
    const { messages, pkg } = await publint({ pkgDir: installed, pack: false, strict: true })
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([])
  })

  it('holds what it needs, and no more', () => {
    expect(readdirSync(installed).sort()).toEqual(
      ['CHANGELOG.md', 'LICENSE', 'README.md', 'assets', 'configs', 'dist', 'package.json', 'src'].sort(),
    )
    expect(readdirSync(join(installed, 'dist')).sort()).toEqual(['cli', 'src', 'wasm'])
  })

  it('installs no optional package', () => {
    for (const name of Object.keys(manifest.peerDependencies)) {
      expect(manifest.peerDependenciesMeta[name].optional, name).toBe(true)
      expect(existsSync(join(project, 'node_modules', name)), name).toBe(false)
    }
  })

  it('does not bring the Node.js that the checkout runs on', () => {
    const { optionalDependencies } = JSON.parse(readFileSync(join(root, 'scripts', 'engine', 'package.json'), 'utf8'))
    const engines = ['ghostgrad-engine', ...Object.keys(optionalDependencies)]
    expect(engines.filter((name) => existsSync(join(project, 'node_modules', name)))).toEqual([])
    expect(existsSync(join(project, 'node_modules', '.bin', 'node'))).toBe(false)
  })

  it('exports every public folder, and docs/library.md tells of each', () => {
    const folders = readdirSync(join(root, 'src')).filter((name) => existsSync(join(root, 'src', name, 'index.ts')))
    const expected = ['.', './functional', './package.json', ...folders.map((name) => `./${name}`)]
    expect(Object.keys(manifest.exports).sort()).toEqual(expected.sort())
    const page = readFileSync(join(root, 'docs', 'library.md'), 'utf8')
    for (const entry of expected) {
      if (entry !== './package.json') expect(page).toContain(`\`${entry.replace(/^\./, 'ghostgrad')}\``)
    }
  })

  it('runs as a command', () => {
    expect(inProject('npx', 'ghostgrad', '--version').trim()).toBe(manifest.version)
    const train = [
      'train',
      '--data',
      'cifar10-sample',
      '--max-steps',
      '1',
      '--batch-size',
      '10',
      '--out',
      'run',
      '--json',
    ]
    const last = inProject('npx', 'ghostgrad', ...train)
      .trim()
      .split('\n')
      .at(-1)!
    expect(JSON.parse(last)).toMatchObject({ event: 'done', reason: 'max-steps', step: 1 })
  })

  it('gives something from each of its entry points', () => {
    const entries = Object.keys(manifest.exports).filter((entry) => !entry.endsWith('.json'))
    const names = entries.map((entry) => join('ghostgrad', entry).replaceAll('\\', '/'))
    const code = `const all = await Promise.all(${JSON.stringify(names)}.map((name) => import(name)))
      console.log(JSON.stringify(all.map((entry) => Object.keys(entry).length)))`
    const counts = JSON.parse(inProject(process.execPath, '--input-type=module', '-e', code)) as number[]
    for (const [i, count] of counts.entries()) expect(count, names[i]).toBeGreaterThan(1)
  })
})

it('is a command of the checkout too, which a build links', () => {
  const command = join(root, 'node_modules', '.bin', 'ghostgrad')
  expect(realpathSync(command)).toBe(join(root, 'dist', 'cli', 'main.js'))
  expect(execFileSync(command, ['--version'], { encoding: 'utf8' }).trim()).toBe(manifest.version)
})

describe('a consumer in TypeScript', () => {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  const compile = (options: object): string => {
    const types = { typeRoots: [join(root, 'node_modules', '@types')], types: ['node'] }
    const compilerOptions = { target: 'es2022', strict: true, outDir: 'out', ...types, ...options }
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['index.ts'] }))
    return inProject(process.execPath, tsc)
  }
  beforeAll(() => cpSync(join(root, 'test', 'package', 'consumer'), project, { recursive: true }))

  it('compiles with moduleResolution nodenext, and runs', () => {
    compile({ module: 'nodenext', moduleResolution: 'nodenext' })
    expect(JSON.parse(inProject(process.execPath, 'out/index.js'))).toEqual({
      ...{
        reason: 'max-steps',
        gradient: [2, 4],
        wrong: 'object',
        weights: 269_722,
        file: true,
        explained: true,
        others: [true, true],
      },
    })
  })

  it('compiles with moduleResolution bundler', () => {
    compile({ module: 'esnext', moduleResolution: 'bundler', noEmit: true, skipLibCheck: true })
  })
})

describe('a bundle', () => {
  const core = /^(node:(fs|os|path|url|v8|worker_threads|module))$/

  /** Bundle a program that uses the package. @returns packages bundled, and modules imported from outside */
  async function bundle(name: string, code: string) {
    const folder = join(project, 'bundles')
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, `${name}.js`), code)
    const build = await rolldown({ input: join(folder, `${name}.js`), platform: 'node', cwd: project })
    const { output } = await build.write({ file: join(folder, `${name}.mjs`), format: 'esm', codeSplitting: false })
    const [chunk] = output
    const packages = chunk.moduleIds.flatMap((id) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(id)?.[1] ?? [])
    return {
      packages: [...new Set(packages)],
      imports: chunk.imports,
      modules: chunk.moduleIds.length,
      run: () => inProject(process.execPath, join('bundles', `${name}.mjs`)).trim(),
    }
  }

  it('of a tensor holds the core alone', async () => {
    const { packages, imports, run } = await bundle(
      'tensor',
      `import { createBackend, setBackend, tensor } from 'ghostgrad'
       setBackend(createBackend('js'))
       console.log(tensor([1, 2], [2]).mul(3).sum().item())`,
    )
    expect(packages).toEqual(['ghostgrad'])
    for (const name of imports) expect(name).toMatch(core)
    expect(run()).toBe('9')
  })

  it('of a training step has no command line, no image codec and no file format in it', async () => {
    const { packages, imports, modules, run } = await bundle(
      'step',
      `import { readFileSync } from 'node:fs'
       import { Generator, setBackend, WasmBackend } from 'ghostgrad'
       import { createModel } from 'ghostgrad/models'
       import { SGD } from 'ghostgrad/optim'
       import { trainStep } from 'ghostgrad/train'
       const binary = readFileSync('node_modules/ghostgrad/dist/wasm/plain.wasm')
       setBackend(new WasmBackend({ threads: 1, variant: 'plain', binary }))
       const generator = new Generator(1)
       const model = createModel('ghost-resnet20', { seed: 0 })
       const optimizer = new SGD(model.namedParameters(), { lr: 0.01 })
       const images = Float32Array.from({ length: 8 * 3072 }, () => generator.normal())
       const batch = { images, labels: new Int32Array(8), count: 8, shape: [8, 3, 32, 32], step: 0 }
       console.log(trainStep(model, optimizer, batch).images)`,
    )
    expect(packages).toEqual(['ghostgrad'])
    for (const name of imports) expect(name).toMatch(core)
    expect(modules).toBeLessThan(200)
    expect(run()).toBe('8')
  })

  it('of what reads images does hold the codec', async () => {
    const { packages, imports } = await bundle(
      'image',
      "import { loadImage } from 'ghostgrad/data'\nconsole.log(loadImage)",
    )
    expect([...packages, ...imports].join()).toContain('sharp')
  })
})
