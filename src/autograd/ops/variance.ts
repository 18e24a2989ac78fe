import type { Backend } from '../../tensor/backend.js'
import type { NdArray } from '../../tensor/ndarray.js'
import { normalizeAxes, reducedShape } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { defineOp } from '../op.js'
import type { Reduction } from './reduce.js'

export interface VarianceCall extends Reduction {
  correction: number
}

/** x − mean over the axes. */
function centred(backend: Backend, x: NdArray, { axes }: Reduction): NdArray {
  const mean = backend.affine(backend.sum(x, axes, true), 1 / countOf(x, axes), 0)
  return backend.binary('sub', x, mean)
}

const countOf = (x: NdArray, axes: readonly number[]): number => axes.reduce((n, axis) => n * x.shape[axis]!, 1)

/** Σ (x − mean)² / (n − correction), the axes kept. */
function varianceOf(backend: Backend, x: NdArray, options: VarianceCall): NdArray {
  const sum = backend.sum(backend.unary('square', centred(backend, x, options)), options.axes, true)
  return backend.affine(sum, 1 / degrees(x, options), 0)
}

const degrees = (x: NdArray, { axes, correction }: VarianceCall): number => Math.max(0, countOf(x, axes) - correction)

const varOp = defineOp({
  name: 'var',
  rule: 'dx = dy · 2 (x − mean) / (n − correction)',
  forward: ([x], options: VarianceCall, { backend }) => ({
    out: backend.reshape(varianceOf(backend, x!, options), reducedShape(x!.shape, options.axes, options.keepDims)),
    saved: x!,
  }),
  backward: (dy, x, { backend, options }) => {
    const slope = backend.affine(centred(backend, x, options), 2 / degrees(x, options), 0)
    return [backend.binary('mul', slope, backend.reshape(dy, reducedShape(x.shape, options.axes, true)))]
  },
})

const stdOp = defineOp({
  name: 'std',
  rule: 'dx = dy · (x − mean) / ((n − correction) · y), 0 where y = 0',
  forward: ([x], options: VarianceCall, { backend }) => {
    const y = backend.unary('sqrt', varianceOf(backend, x!, options))
    return { out: backend.reshape(y, reducedShape(x!.shape, options.axes, options.keepDims)), saved: { x: x!, y } }
  },
  backward: (dy, { x, y }, { backend, options }) => {
    const slope = backend.affine(centred(backend, x, options), 1 / degrees(x, options), 0)
    const share = backend.where(y, backend.binary('div', backend.reshape(dy, y.shape), y), null)
    return [backend.binary('mul', slope, share)]
  },
})

/** How `var` and `std` count. */
export interface VarianceOptions {
  /** What is taken from the number of values to divide by: 1 (the default) estimates without bias, 0 is the variance of the values. */
  correction?: number | undefined
  keepDims?: boolean | undefined
}

const call =
  (name: string, op: typeof varOp) =>
  (x: Tensor, axes?: number | readonly number[], { correction = 1, keepDims = false }: VarianceOptions = {}): Tensor =>
    op([x], { axes: normalizeAxes(name, axes, x.rank), keepDims, correction })

/** Variance over `axes` (all of them where none are given), Σ (x − mean)² / (n − correction), as torch.var. */
const variance = call('var', varOp)

export { variance as var }

/** Standard deviation over `axes`, √(Σ (x − mean)² / (n − correction)), as torch.std. Where it is 0, so is the gradient. */
export const std = call('std', stdOp)
