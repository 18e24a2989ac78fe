/** Evaluation runs each batch norm inside the convolution before it; the logits must be those of the two apart. */
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { noGrad } from '../../src/autograd/gradMode.js'
import { createModel, listModels, type ModelOptions } from '../../src/models/index.js'
import { BatchNorm2d, Conv2d, type Module } from '../../src/nn/index.js'
import { setBackend } from '../../src/tensor/backend.js'
import { randn } from '../../src/tensor/create.js'
import { Generator } from '../../src/tensor/random.js'
import { scope, type Tensor } from '../../src/tensor/tensor.js'
import { WasmBackend } from '../../src/tensor/wasm/wasmBackend.js'
import '../support/allClose.js'

const backend = new WasmBackend({ threads: 1 })
setBackend(backend)
afterAll(() => backend.close())
afterEach(() => backend.runtime.runs.clear())

/** Statistics, scales (some of them negative) and shifts as training leaves them: not those of the start. */
function unsettle(model: Module): number {
  const generator = new Generator(3)
  const fill = (x: Tensor | null, low: number, high: number) =>
    x?.set(Array.from({ length: x.size }, () => low + (high - low) * generator.uniform()))
  const norms = Array.from(model.namedModules(), ([, module]) => module).filter((m) => m instanceof BatchNorm2d)
  for (const { weight, bias, runningMean, runningVar } of norms) {
    fill(weight, -0.5, 1.5)
    fill(bias, -0.5, 0.5)
    fill(runningMean, -0.3, 0.3)
    fill(runningVar, 0.4, 1.8)
  }
  return norms.length
}

const logits = (model: Module, x: Tensor): Float32Array => scope(() => noGrad(() => model.call(x).data))

/** The logits with every module called on its own, which a hook sees to, and how many were seen. */
function unfolded(model: Module, x: Tensor): Float32Array {
  const seen = new Set<string>()
  const remove = model.onForward((path) => seen.add(path))
  try {
    return logits(model, x)
  } finally {
    remove()
    const layers = Array.from(model.namedModules()).filter(([, m]) => m instanceof Conv2d || m instanceof BatchNorm2d)
    expect(layers.filter(([path]) => !seen.has(path))).toEqual([])
  }
}

function compare(name: string, options: ModelOptions, shape: number[]): void {
  const { runs } = backend.runtime
  const model = createModel(name, { seed: 1, ...options }).eval()
  const norms = unsettle(model)
  const x = randn(shape, { generator: new Generator(2) })

  const folded = logits(model, x)
  expect(runs.get('convFold')).toBe(norms)
  expect(runs.get('bnApply')).toBeUndefined()

  const apart = unfolded(model, x)
  expect(runs.get('bnApply')).toBe(norms)
  expect(runs.get('convFold')).toBe(norms)
  const largest = Math.max(...apart.map(Math.abs))
  expect(largest).toBeGreaterThan(0)
  expect(folded).toBeAllClose(apart, { absolute: 1e-4 * largest, what: 'logits' })
}

describe('folded and apart, the same logits', () => {
  test.each(listModels().map(({ name }) => name))('%s', (name) => compare(name, {}, [5, 3, 32, 32]))

  test.each<[string, ModelOptions, number[]]>([
    ['ghost-resnet20', { ghostFirst: true, s: 3, d: 5 }, [32, 3, 32, 32]], // ghosts too many, several blocks of images
    ['ghost-vgg16', { ghostFirst: true, s: 4 }, [1, 3, 32, 32]],
    ['ghostnet', { width: 0.5, inputSize: 224 }, [2, 3, 96, 96]], // a stem with stride 2
  ])('%s %o on %o', compare)
})
