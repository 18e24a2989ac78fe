/** speednet and its parts against PyTorch: test/fixtures/speednet.json. */
import { describe, expect, it } from 'vitest'
import { backward } from '../../src/autograd/backward.js'
import * as F from '../../src/autograd/functional.js'
import { noGrad } from '../../src/autograd/gradMode.js'
import { createModel } from '../../src/models/registry.js'
import { Conv2d } from '../../src/nn/conv2d.js'
import { dirac } from '../../src/nn/init.js'
import { symmetricEigen } from '../../src/nn/symmetricEigen.js'
import { whiten } from '../../src/nn/whiten.js'
import { getBackend } from '../../src/tensor/backend.js'
import { tensor, zeros } from '../../src/tensor/create.js'
import { scope } from '../../src/tensor/tensor.js'
import { augmentedLogits } from '../../src/train/testAugmentation.js'
import { onEachBackend } from '../support/backends.js'
import { fixture } from '../support/fixtures.js'
import { hashInit } from '../support/hashInit.js'
import { hashTensor } from '../support/hashTensor.js'
import '../support/allClose.js'

const stored = fixture<{
  networks: {
    model: string
    channels: number[]
    keys: string[]
    logits: number[]
    gradNorms: Record<string, number>
    evaluated: number[]
    augmented: number[]
  }[]
  dirac: { shape: number[]; filters: number; values: number[] }[]
  whitening: { shape: [number, number, number, number]; kernel: number; filters: number[] }[]
}>('speednet')

const shape: [number, number, number, number] = [4, 3, 32, 32]
const images = hashTensor({ name: 'images', shape })

onEachBackend(() => {
  const tolerance = () => (getBackend().dtype === 'float64' ? 1e-5 : 2e-3)

  describe.each(stored.networks)('$model of $channels channels', ({ model: name, channels, ...expected }) => {
    const build = () => {
      const model = hashInit(createModel(name, { channels }))
      for (const [key, parameter] of model.namedParameters()) {
        if (key.endsWith('bn.weight')) parameter.set(new Float32Array(parameter.size).fill(1))
      }
      return model
    }
    const largest = Math.max(...expected.logits.map(Math.abs))

    it('has the keys, logits and gradients of PyTorch, and its logits in evaluation, augmented or not', () => {
      const model = build()
      expect(Object.keys(model.stateDict()).sort()).toEqual([...expected.keys].sort())
      scope(() => {
        const logits = model.call(tensor(images, shape))
        expect(logits).toBeAllClose(expected.logits, { absolute: tolerance() * largest })
        backward(F.crossEntropy(logits, [0, 3, 7, 9], { labelSmoothing: 0.2 }))
      })
      const norms = [...model.namedParameters()].flatMap(([key, { grad }]) =>
        grad ? [[key, Math.hypot(...grad.data)] as const] : [],
      )
      expect(norms.map(([key]) => key).sort()).toEqual(Object.keys(expected.gradNorms).sort())
      for (const [key, norm] of norms) {
        expect([norm]).toBeAllClose([expected.gradNorms[key]!], { relative: 10 * tolerance(), what: key })
      }
      model.eval()
      for (const [tta, values] of [['none', expected.evaluated] as const, ['translate', expected.augmented] as const]) {
        const own = scope(() => noGrad(() => augmentedLogits(model, { images, shape }, tta).data))
        const size = Math.max(...values.map(Math.abs))
        expect(own).toBeAllClose(values, { absolute: tolerance() * size, what: tta })
      }
    })
  })
})

describe('identity start', () => {
  it.each(stored.dirac)('$shape, $filters filters', ({ shape, filters, values }) => {
    const weight = tensor(hashTensor({ name: 'w', shape }), shape)
    expect(dirac(weight, { filters })).toBeAllClose(values, { absolute: 1e-6 })
  })

  it('leaves a convolution of as many inputs as outputs the identity', () => {
    const conv = new Conv2d(3, 3, 3, { padding: 1, bias: false })
    dirac(conv.weight)
    expect(conv.call(tensor(images, shape)).data).toEqual(images)
  })
})

describe('whitening', () => {
  it.each(stored.whitening)('$shape by $kernel', ({ shape, kernel, filters }) => {
    const size = shape[1] * kernel * kernel
    const input = { images: hashTensor({ name: 'images', shape }), shape }
    const own = whiten(zeros([2 * size, shape[1], kernel, kernel]), input)
    expect(own).toBeAllClose(filters, { relative: 1e-3, absolute: 1e-4 })
    const largest = whiten(zeros([4, shape[1], kernel, kernel]), input).data
    expect([...largest]).toEqual([
      ...own.data.subarray(0, 2 * size),
      ...own.data.subarray(size * size, size * size + 2 * size),
    ])
  })

  it('gives uncorrelated outputs of variance 1, and needs an even number of filters', () => {
    const conv = new Conv2d(3, 24, 2, { bias: false })
    whiten(conv.weight, { images, shape }, { eps: 0 })
    const [, , H, W] = [4, 24, 31, 31]
    const y = conv.call(tensor(images, shape)).data
    const mean = (a: number, b: number): number => {
      let sum = 0
      for (let n = 0; n < 4; n++) {
        for (let p = 0; p < H * W; p++) sum += y[(n * 24 + a) * H * W + p]! * y[(n * 24 + b) * H * W + p]!
      }
      return sum / (4 * H * W)
    }
    expect([mean(0, 0), mean(5, 5), mean(0, 5), mean(3, 15), mean(3, 11)]).toBeAllClose([1, 1, 0, -1, 0], {
      absolute: 1e-3,
    })
    expect(() => whiten(zeros([3, 3, 2, 2]), { images, shape })).toThrow('whiten: expected a weight (K, 3, R, S)')
  })

  it('rests on eigenvectors: of (2 1; 1 2) they are (1, 1) and (1, −1) over √2', () => {
    const { values, vectors } = symmetricEigen([
      [2, 1],
      [1, 2],
    ])
    expect(values).toBeAllClose([3, 1], { absolute: 1e-14 })
    expect(vectors[0]!).toBeAllClose([Math.SQRT1_2, Math.SQRT1_2], { absolute: 1e-14 })
    expect(vectors[1]!.map(Math.abs)).toBeAllClose([Math.SQRT1_2, Math.SQRT1_2], { absolute: 1e-14 })
  })
})
