import { describe, expect, test } from 'vitest'
import { backward } from '../../../src/autograd/backward.js'
import * as F from '../../../src/autograd/functional.js'
import { fitDepthwise } from '../../../src/experiments/toy/depthwiseFit.js'
import { leastSquares } from '../../../src/experiments/toy/leastSquares.js'
import { SGD } from '../../../src/optim/sgd.js'
import { setBackend } from '../../../src/tensor/backend.js'
import { tensor, zeros } from '../../../src/tensor/create.js'
import { Generator } from '../../../src/tensor/random.js'
import { ReferenceBackend } from '../../../src/tensor/reference/referenceBackend.js'
import '../../support/allClose.js'

setBackend(new ReferenceBackend())

describe('leastSquares', () => {
  test('a line through three points', () => {
    // y = a + b · x through (0, 1), (1, 2), (2, 4): b = 1.5, a = 7/3 − 1.5
    const ones = Float64Array.of(1, 1, 1)
    const x = Float64Array.of(0, 1, 2)
    expect(leastSquares([ones, x], Float64Array.of(1, 2, 4))).toBeAllClose([5 / 6, 1.5], { absolute: 1e-12 })
  })

  test('a column that depends on others gets nothing', () => {
    const a = Float64Array.of(1, 2, 3)
    const twice = a.map((v) => 2 * v)
    expect(leastSquares([a, twice, new Float64Array(3)], a)).toBeAllClose([1, 0, 0], { absolute: 1e-12 })
  })
})

/** A map of noise, and what a depthwise filter of d × d makes of it, as the framework's own convolution computes it. */
function filtered(width: number, height: number, filter: readonly number[]) {
  const generator = new Generator(1)
  const x = Float32Array.from({ length: width * height }, () => generator.uniform())
  const d = Math.sqrt(filter.length)
  const y = F.conv2d(tensor(x, [1, 1, height, width]), tensor(filter, [1, 1, d, d]), { padding: (d - 1) / 2 })
  return { x, y: y.data }
}

describe('fitDepthwise', () => {
  const filter = [0, 0.5, -1, 0.25, 2, 0, -0.75, 1, 0.1]

  test('finds the filter that made one map of the other, at its size and above', () => {
    const { x, y } = filtered(9, 7, filter)
    const fits = [1, 3, 5, 7].map((d) => fitDepthwise(x, y, 9, d))
    expect(fits[0]!.mse).toBeGreaterThan(0.1)
    for (const { mse } of fits.slice(1)) expect(mse).toBeLessThan(1e-12)
    expect(fits[1]!.filter).toBeAllClose(filter, { absolute: 1e-5 })
    const around = Array.from(fits[2]!.filter).filter((_, i) => ![6, 7, 8, 11, 12, 13, 16, 17, 18].includes(i))
    expect(around).toBeAllClose(new Array(16).fill(0), { absolute: 1e-5 })
  })

  test('one weight: the projection of one map on the other', () => {
    // c = x·y / x·x = 11 / 14; error = (y·y − 11² / 14) / 3
    const { filter, mse } = fitDepthwise(Float32Array.of(1, 2, 3), Float32Array.of(2, 0, 3), 3, 1)
    expect([...filter, mse]).toBeAllClose([11 / 14, (13 - 121 / 14) / 3], { absolute: 1e-12 })
  })

  test('is what gradient descent on the same error comes to', () => {
    const [width, height] = [8, 8]
    const generator = new Generator(2)
    const noise = () => Float32Array.from({ length: width * height }, () => generator.uniform())
    const [x, y] = [noise(), noise()]
    const weight = zeros([1, 1, 3, 3], { requiresGrad: true })
    const optimizer = new SGD([['weight', weight]], { lr: 0.3, momentum: 0.9 })
    const shape = [1, 1, height, width]
    let mse = Number.NaN
    for (let step = 0; step < 300; step++) {
      const loss = F.mseLoss(F.conv2d(tensor(x, shape), weight, { padding: 1 }), tensor(y, shape))
      backward(loss)
      optimizer.step()
      optimizer.zeroGrad()
      mse = loss.item()
    }
    const exact = fitDepthwise(x, y, width, 3)
    expect(mse).toBeGreaterThan(exact.mse * (1 - 1e-6))
    expect(mse).toBeLessThan(exact.mse * 1.001)
    expect(weight).toBeAllClose(exact.filter, { absolute: 0.01 })
  })

  test('a blank map gives the mean square of the other', () => {
    expect(fitDepthwise(new Float32Array(4), Float32Array.of(1, 1, 3, 1), 2, 3).mse).toBe(3)
  })
})
