import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ReferenceBackend, setBackend, tensor } from 'ghostgrad'
import * as F from 'ghostgrad/functional'

setBackend(new ReferenceBackend('float64'))

/** Whole numbers, so that every sum is exact. */
const numbers = (length, step) => Array.from({ length }, (_, i) => ((i * step) % 11) - 5)

/** What ghostgrad says of the same convolution. */
function gradients(x, w, stride) {
  const image = tensor(x, [1, 1, 1, x.length], { requiresGrad: true })
  const kernel = tensor(w, [1, 1, 1, w.length], { requiresGrad: true })
  const y = F.conv2d(image, kernel, { stride })
  const dy = numbers(y.size, 7)
  y.backward(tensor(dy, y.shape))
  return { dy, dx: Array.from(image.grad.values), dw: Array.from(kernel.grad.values) }
}

export default ({ inputGradient, weightGradient }) => {
  for (const [length, size, stride] of [
    [6, 3, 1],
    [8, 1, 1],
    [9, 3, 2],
    [10, 3, 2],
    [11, 2, 3],
  ]) {
    const [x, w] = [numbers(length, 3), numbers(size, 4)]
    const { dy, dx, dw } = gradients(x, w, stride)
    const what = `${length} numbers, a kernel of ${size}, stride ${stride}`
    test(`dx: ${what}`, () => assert.deepEqual(inputGradient(dy, w, stride, length), dx))
    test(`dw: ${what}`, () => assert.deepEqual(weightGradient(dy, x, stride, size), dw))
  }
}
