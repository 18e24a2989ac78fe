import { expect } from 'vitest'
import { tensor } from '../../src/tensor/create.js'
import type { NestedArray, Tensor } from '../../src/tensor/tensor.js'
import '../../src/autograd/methods.js'
import './allClose.js'

/** Float32 rounding on numbers of size one to a hundred. */
const tolerance = { relative: 1e-6, absolute: 1e-6 }

export function expectArray(actual: Tensor, expected: NestedArray, what = 'result'): void {
  const wanted = tensor(expected)
  expect(actual.shape, `shape of ${what}`).toEqual(wanted.shape)
  expect(actual).toBeAllClose(wanted, { ...tolerance, what })
}

/** An operation on small numbers, its result and the gradient of each input, all worked out by hand. */
export function expectOp(
  fn: (...inputs: Tensor[]) => Tensor,
  example: { inputs: NestedArray[]; y: NestedArray; dy: NestedArray; gradients: NestedArray[] },
): void {
  const inputs = example.inputs.map((values) => tensor(values, { requiresGrad: true }))
  const y = fn(...inputs)
  expectArray(y, example.y, 'y')
  y.backward(tensor(example.dy))
  inputs.forEach((x, i) => {
    expectArray(x.grad!, example.gradients[i]!, `gradient ${i}`)
  })
}
