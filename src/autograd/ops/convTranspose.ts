import type { ConvSpec } from '../../tensor/backend.js'
import { ShapeError, showShape } from '../../tensor/errors.js'
import type { NdArray } from '../../tensor/ndarray.js'
import { type Shape, windowCount } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { defineOp } from '../op.js'
import { add } from './arithmetic.js'
import { pad } from './pad.js'
import { reshape } from './shape.js'
import { type Pair, pair } from './window.js'

/** What the operation is called with. */
export interface ConvTransposeCall {
  spec: ConvSpec
  outputPadding: readonly [number, number]
  /** Of the result. */
  shape: Shape
}

/** The gradient of a convolution by its input, as an operation of its own; its gradients are the other two passes. */
const convTransposeOp = defineOp({
  name: 'convTranspose2d',
  rule: 'dx = dy ⋆ w, dw = dy ⋆ x',
  forward: ([x, weight], { spec, shape }: ConvTransposeCall, { backend, needs }) => ({
    out: backend.conv2dInputGrad(x!, weight!, spec, shape),
    saved: { x: needs[1] ? x! : null, weight: needs[0] ? weight! : null, weightShape: weight!.shape },
  }),
  backward: (dy: NdArray, { x, weight, weightShape }, { backend, options: { spec } }) => [
    weight && backend.conv2d(dy, weight, null, spec),
    x && backend.conv2dWeightGrad(dy, x, spec, weightShape),
  ],
})

/** Geometry and bias of `convTranspose2d`, with the defaults of PyTorch. */
export interface ConvTranspose2dOptions {
  /** (K,) */
  bias?: Tensor | null | undefined
  stride?: Pair | undefined
  padding?: Pair | undefined
  /** Rows and columns that the result has more at its end; fewer than the stride or the dilation. */
  outputPadding?: Pair | undefined
  dilation?: Pair | undefined
  groups?: number | undefined
}

/**
 * Transposed convolution, the gradient of `conv2d` by its input, as torch.nn.functional.conv_transpose2d.
 * @param x (N, C, H, W)
 * @param weight (C, K / groups, R, S)
 * @returns (N, K, H′, W′), H′ = (H − 1) · stride − 2 · padding + dilation · (R − 1) + outputPadding + 1
 */
export function convTranspose2d(x: Tensor, weight: Tensor, options: ConvTranspose2dOptions = {}): Tensor {
  if (x.rank === 3) {
    const y = convTranspose2d(reshape(x, [1, ...x.shape]), weight, options)
    return reshape(y, y.shape.slice(1))
  }
  const { bias = null } = options
  const call = checkConvTranspose2d(x, weight, options)
  const y = convTransposeOp([fill(x, weight, call), weight], call)
  return bias ? add(y, reshape(bias, [-1, 1, 1])) : y
}

/**
 * Where the result has more rows than its own convolution would make of it, by an output padding as large as the
 * stride, x goes on with zeros.
 */
function fill(x: Tensor, weight: Tensor, { spec, shape }: ConvTransposeCall): Tensor {
  const missing = [0, 1].map((d) => {
    const [size, kernel] = [shape[2 + d]!, weight.shape[2 + d]!]
    return windowCount(size, kernel, spec.stride[d]!, spec.padding[d]!, spec.dilation[d]!) - x.shape[2 + d]!
  })
  return missing.every((n) => n === 0) ? x : pad(x, [[0, 0], [0, 0], ...missing.map((n) => [0, n] as const)])
}

function checkConvTranspose2d(x: Tensor, weight: Tensor, options: ConvTranspose2dOptions): ConvTransposeCall {
  const { bias = null, groups = 1 } = options
  const op = 'convTranspose2d'
  const spec: ConvSpec = {
    stride: pair(op, 'stride', options.stride ?? 1, 1),
    padding: pair(op, 'padding', options.padding ?? 0, 0),
    dilation: pair(op, 'dilation', options.dilation ?? 1, 1),
    groups,
  }
  const outputPadding = pair(op, 'outputPadding', options.outputPadding ?? 0, 0)
  const shapes = `(input ${showShape(x.shape)}, weight ${showShape(weight.shape)})`
  if (x.rank !== 4 || weight.rank !== 4) {
    throw new ShapeError(`${op}: expected input (N, C, H, W) and weight (C, K / groups, R, S) ${shapes}`)
  }
  const [C, groupOutputs, R, S] = weight.shape as [number, number, number, number]
  if (x.shape[1] !== C) throw new ShapeError(`${op}: expected ${C} input channels, got ${x.shape[1]} ${shapes}`)
  if (!Number.isInteger(groups) || groups < 1 || C % groups !== 0) {
    throw new ShapeError(`${op}: expected groups to divide the ${C} input channels, got groups ${groups} ${shapes}`)
  }
  const K = groupOutputs * groups
  if (bias && (bias.rank !== 1 || bias.shape[0] !== K)) {
    throw new ShapeError(`${op}: expected bias (${K},), got ${showShape(bias.shape)}`)
  }
  if (outputPadding.some((n, d) => n >= Math.max(spec.stride[d]!, spec.dilation[d]!))) {
    throw new ShapeError(
      `${op}: expected outputPadding to be smaller than stride ${showShape(spec.stride)} or dilation ` +
        `${showShape(spec.dilation)}, got ${showShape(outputPadding)}`,
    )
  }
  const sizes = [R, S].map(
    (kernel, d) =>
      (x.shape[2 + d]! - 1) * spec.stride[d]! -
      2 * spec.padding[d]! +
      spec.dilation[d]! * (kernel - 1) +
      outputPadding[d]! +
      1,
  )
  if (sizes.some((n) => n < 1)) throw new ShapeError(`${op}: the padding takes away the whole result ${shapes}`)
  return { spec, outputPadding, shape: [x.shape[0]!, K, ...sizes] }
}
