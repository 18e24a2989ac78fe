import { afterAll, describe, expect, test } from 'vitest'
import { noGrad } from '../../src/autograd/gradMode.js'
import { createModel } from '../../src/models/registry.js'
import { filtersToKeep, l1Norms, prunableLayers, pruneL1 } from '../../src/prune/index.js'
import { setBackend } from '../../src/tensor/backend.js'
import { randn } from '../../src/tensor/create.js'
import { Generator } from '../../src/tensor/random.js'
import type { StateDict } from '../../src/tensor/stateDict.js'
import { scope } from '../../src/tensor/tensor.js'
import { WasmBackend } from '../../src/tensor/wasm/wasmBackend.js'
import '../support/allClose.js'

const backend = new WasmBackend({ threads: 1 })
setBackend(backend)
afterAll(() => backend.close())

const f32 = (shape: number[], ...data: number[]) => ({ dtype: 'F32', shape, data: Float32Array.from(data) }) as const

test('the norm of a filter is the sum of its absolute weights', () => {
  expect(l1Norms(f32([2, 1, 1, 3], 1, -2, 3, 0, -0.5, 0.25))).toEqual([6, 0.75])
})

describe('filtersToKeep', () => {
  test('keeps those with the largest norms, in their order', () => {
    expect(filtersToKeep([1, 4, 2, 3], 0.5)).toEqual([1, 3])
    expect(filtersToKeep([1, 4, 2, 3], 0)).toEqual([0, 1, 2, 3])
  })

  test('of equals it keeps the earlier ones, and never fewer than one', () => {
    expect(filtersToKeep([2, 2, 2, 2], 0.5)).toEqual([0, 1])
    expect(filtersToKeep([1, 2], 0.9)).toEqual([1])
  })

  test('the number kept is rounded down', () => {
    const counts = [16, 32, 64].map((n, i) => filtersToKeep(new Array(n).fill(1), [0.6, 0.3, 0.1][i]!).length)
    expect(counts).toEqual([6, 22, 57])
  })
})

test('a filter goes with its entries of the batch norm and its weights in the next layer', () => {
  const state: StateDict = {
    'conv1.weight': f32([3, 1, 1, 1], 5, -1, 3),
    ...Object.fromEntries(
      ['weight', 'bias', 'running_mean', 'running_var'].map((entry, i) => [
        `bn1.${entry}`,
        f32([3], i, 10 + i, 20 + i),
      ]),
    ),
    'bn1.num_batches_tracked': { dtype: 'I64', shape: [], data: Float32Array.of(7) },
    'conv2.weight': f32([2, 3, 1, 1], 1, 2, 3, 4, 5, 6),
  }
  const layer = { conv: 'conv1', norm: 'bn1', next: 'conv2' }
  const { state: pruned, kept } = pruneL1(state, [layer], [0.3])
  expect(kept).toEqual([[0, 2]])
  expect(pruned).toEqual({
    'conv1.weight': f32([2, 1, 1, 1], 5, 3),
    'bn1.weight': f32([2], 0, 20),
    'bn1.bias': f32([2], 1, 21),
    'bn1.running_mean': f32([2], 2, 22),
    'bn1.running_var': f32([2], 3, 23),
    'bn1.num_batches_tracked': state['bn1.num_batches_tracked'],
    'conv2.weight': f32([2, 2, 1, 1], 1, 3, 4, 6),
  })
  expect(state['conv1.weight']!.shape).toEqual([3, 1, 1, 1])
})

/** The state with the maps of the filters that go blanked where they arise. */
function blanked(state: StateDict, layers: ReturnType<typeof prunableLayers>, kept: number[][]): StateDict {
  const copy = Object.fromEntries(
    Object.entries(state).map(([name, value]) => [name, { ...value, data: value.data.slice() }]),
  )
  for (const [i, { conv, norm }] of layers.entries()) {
    for (const name of [`${conv}.weight`, `${norm}.weight`, `${norm}.bias`]) {
      const { data, shape } = copy[name]!
      const size = data.length / shape[0]!
      for (let k = 0; k < shape[0]!; k++) if (!kept[i]!.includes(k)) data.fill(0, k * size, (k + 1) * size)
    }
  }
  return copy
}

test.each(['vgg16', 'resnet20'])('%s pruned computes what it does with those filters at zero', (name) => {
  const model = createModel(name, { seed: 1 })
  const generator = new Generator(2)
  for (const [path, tensor] of [...model.namedParameters(), ...model.namedBuffers()]) {
    if (/(bias|running_(mean|var)|(bn\d|features\.\d+)\.weight)$/.test(path) && tensor.rank === 1) {
      tensor.set(Float32Array.from({ length: tensor.size }, () => 0.5 + generator.uniform()))
    }
  }
  const layers = prunableLayers(model)
  const fractions = layers.map((_, i) => [0.5, 0, 0.3, 0.75][i % 4]!)
  const base = model.stateDict()
  const { state, kept } = pruneL1(base, layers, fractions)
  const small = createModel(name, { channels: kept.map((filters) => filters.length) })
  small.loadStateDict(state)
  model.loadStateDict(blanked(base, layers, kept))

  const input = randn([3, 3, 32, 32], { generator })
  const logits = (of: typeof model) => scope(() => noGrad(() => of.eval().call(input).data))
  const expected = logits(model)
  const largest = expected.reduce((max, v) => Math.max(max, Math.abs(v)), 0)
  expect(largest).toBeGreaterThan(0.1)
  expect(logits(small)).toBeAllClose(expected, { absolute: 1e-5 * largest })
  expect(small.numParameters).toBeLessThan(0.8 * model.numParameters)
})

test('only plain networks have layers to prune', () => {
  for (const name of ['ghost-vgg16', 'ghost-resnet20', 'ghostnet']) {
    expect(() => prunableLayers(createModel(name))).toThrow('prune: expected the weights of vgg16 or of a plain resnet')
  }
})
