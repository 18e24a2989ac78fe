import * as F from '../../src/autograd/functional.js'
import { withBackend } from '../../src/tensor/backend.js'
import { tensor } from '../../src/tensor/create.js'
import { ReferenceBackend } from '../../src/tensor/reference/referenceBackend.js'

export interface ConvolutionValues {
  x: number[][]
  w: number[][]
  y: number[][]
  dy: number[][]
  dx: number[][]
  /** For each output that the chosen pixel reaches: the place of the kernel that joins them; −1 for the others. */
  reached: number[][]
}

const size = 6
const pixels = Array.from({ length: size }, (_, h) => Array.from({ length: size }, (_, w) => (h * w) % 5))
const kernel = [
  [1, 0, -1],
  [2, 0, -2],
  [1, 0, -1],
]

/** A convolution, its gradient by x, and which products the pixel (row, column) takes part in. */
export const computeConvolution = (parameters: {
  padding: number
  stride: number
  dilation: number
  row: number
  column: number
}): ConvolutionValues =>
  withBackend(new ReferenceBackend('float64'), () => {
    const { row, column, ...options } = parameters
    const x = tensor([[pixels]], { requiresGrad: true })
    const w = tensor([[kernel]])
    const y = F.conv2d(x, w, options)
    const dy = tensor(
      Array.from(y.values, (_, i) => (i % 3) + 1),
      y.shape,
    )
    y.backward(dy)
    // An image that is 1 at the pixel alone, with a kernel of the numbers 1 to 9: the answer names the places of the kernel.
    const one = tensor([[pixels.map((line, h) => line.map((_, w) => (h === row && w === column ? 1 : 0)))]])
    const numbered = tensor([[kernel.map((line, r) => line.map((_, s) => 3 * r + s + 1))]])
    const reached = plane(F.conv2d(one, numbered, options).toArray()).map((line) => line.map((v) => v - 1))
    return {
      x: pixels,
      w: kernel,
      y: plane(y.toArray()),
      dy: plane(dy.toArray()),
      dx: plane(x.grad!.toArray()),
      reached,
    }
  })

const plane = (array: unknown): number[][] => (array as number[][][][])[0]![0]!
