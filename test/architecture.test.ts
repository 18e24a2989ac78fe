/** What docs/architecture.md says of the way from `loss.backward()` to one multiplication, held to the code. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import * as F from '../src/autograd/functional.js'
import '../src/setup.js'
import { withBackend } from '../src/tensor/backend.js'
import { tensor } from '../src/tensor/create.js'
import { ReferenceBackend } from '../src/tensor/reference/referenceBackend.js'

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')

const path = [
  .../From `loss\.backward\(\)`.*?\n\n/s.exec(read('docs/architecture.md'))![0].matchAll(/`(src\/[^`]+)`/g),
].map(([, file]) => file!)

/** The functions that are running where the first number of an array is read, outermost first, by their files. */
function filesOnTheWay(): string[] {
  return withBackend(new ReferenceBackend('float64'), () => {
    const x = tensor([[[[1, 2, 3]]]], { requiresGrad: true })
    const weight = tensor([[[[4, 5]]]])
    const loss = F.conv2d(x, weight).sum()
    const values = weight.values
    let stack = ''
    Object.defineProperty(weight.array, 'values', {
      get: () => {
        stack ||= new Error('here').stack!
        return values
      },
    })
    Error.stackTraceLimit = 100
    loss.backward()
    expect(x.grad!.toArray()).toEqual([[[[4, 9, 5]]]])
    const files = [...stack.matchAll(/\/(src\/[\w/]+\.ts)/g)].map(([, file]) => file!)
    const called = files.reverse()
    return [...new Set(called.slice(called.indexOf(path[0]!)))]
  })
}

test('it is six files, and the walk through a convolution runs in no others', () => {
  expect(path).toHaveLength(6)
  // The list of operations has no code to run, and a scope only frees what the rule allocated.
  const running = path.filter((file) => file !== 'src/tensor/reference/referenceBackend.ts')
  expect(filesOnTheWay().filter((file) => file !== 'src/tensor/memory.ts')).toEqual(running)
})

test('each file imports the next one, or shares with it the contract between them', () => {
  const imports = (file: string) =>
    [...read(file).matchAll(/from '(\.[^']+)'/g)].map(([, from]) => from!.split('/').at(-1))
  const nameOf = (file: string) => file.split('/').at(-1)!.replace('.ts', '.js')
  const [methods, backward, conv, backend, reference, loops] = path as [string, string, string, string, string, string]
  expect(imports(methods)).toContain(nameOf(backward))
  // The walk knows rules only as `Op`, and rules know backends only as `Backend`.
  for (const file of [backward, conv]) expect(imports(file)).toContain('op.js')
  for (const file of [conv, reference]) expect(imports(file)).toContain(nameOf(backend))
  expect(imports(reference)).toContain(nameOf(loops))
})
