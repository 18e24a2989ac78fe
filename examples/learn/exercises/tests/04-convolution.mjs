import { ReferenceBackend, setBackend, tensor } from 'ghostgrad'
import * as F from 'ghostgrad/functional'
import { equal } from '../expect.mjs'

/** Whole numbers, so that every sum is exact. */
const numbers = (length, step) => Array.from({ length }, (_, i) => ((i * step) % 11) - 5)

/** What ghostgrad says of the same convolution. */
function gradients(x, w, stride) {
  setBackend(new ReferenceBackend('float64'))
  const image = tensor(x, [1, 1, 1, x.length], { requiresGrad: true })
  const kernel = tensor(w, [1, 1, 1, w.length], { requiresGrad: true })
  const y = F.conv2d(image, kernel, { stride })
  const dy = numbers(y.size, 7)
  y.backward(tensor(dy, y.shape))
  return { dy, dx: Array.from(image.grad.values), dw: Array.from(kernel.grad.values) }
}

const triples =
  'Take the two loops of `convolve` as they are, and change only which of the three numbers of a triple is added to.'

export default ({ inputGradient, weightGradient }) =>
  [
    [6, 3, 1],
    [8, 1, 1],
    [9, 3, 2],
    [10, 3, 2],
    [11, 2, 3],
  ].flatMap(([length, size, stride]) => {
    const [x, w] = [numbers(length, 3), numbers(size, 4)]
    const what = `${length} numbers, a kernel of ${size}, stride ${stride}`
    return [
      {
        name: `dx: ${what}`,
        hint: `${triples} dx has ${length} numbers, those that no kernel touched included: they are 0.`,
        run() {
          const { dy, dx } = gradients(x, w, stride)
          equal(inputGradient(dy, w, stride, length), dx)
        },
      },
      {
        name: `dw: ${what}`,
        hint: triples,
        run() {
          const { dy, dw } = gradients(x, w, stride)
          equal(weightGradient(dy, x, stride, size), dw)
        },
      },
    ]
  })
