import type { AllReduce, Backend } from '../../tensor/backend.js'
import { ShapeError, showShape } from '../../tensor/errors.js'
import type { NdArray } from '../../tensor/ndarray.js'
import { type Shape, sameShape, sizeOf } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { defineOp } from '../op.js'

/** What the op is called with. */
export interface BatchNormCall {
  running: { mean: NdArray; variance: NdArray } | null
  training: boolean
  momentum: number
  eps: number
  relu: boolean
  hasWeight: boolean
  hasResidual: boolean
  into: Placement | null
  sync: AllReduce | null
}

export const defaultEps = 1e-5

/** Tells where to put a result of this shape; null: anywhere. */
export type Placement = (backend: Backend, shape: Shape) => NdArray | null

const batchNormOp = defineOp({
  name: 'batchNorm',
  rule: 'dx = w · rstd · (g − (Σg + x̂ · Σg·x̂) / m), dw = Σ g·x̂, db = Σ g; g = dy where relu passed',
  forward: (inputs, o: BatchNormCall, { backend }) => {
    const [x, weight, bias, residual] = split(inputs, o)
    const epilogue = { residual, relu: o.relu, into: o.into?.(backend, x.shape) ?? null }
    const running = o.running && { ...o.running, momentum: o.momentum }
    const { y, mean, rstd } = o.training
      ? backend.batchNormTrain(x, weight, bias, running, o.eps, epilogue, o.sync)
      : backend.batchNormEval(x, weight, bias, o.running!.mean, o.running!.variance, o.eps, epilogue)
    return { out: y, saved: { x, y: o.relu ? y : null, mean, rstd, weight, bias } }
  },
  backward: (dy, saved, { backend, options: o, mayOverwrite }) => {
    const sync = o.training ? o.sync : null
    const { training, relu, hasResidual } = o
    const g = backend.batchNormGrad(dy, saved, { training, relu, hasResidual, mayOverwrite, sync })
    return [g.dx, ...(o.hasWeight ? [g.dWeight, g.dBias] : []), ...(o.hasResidual ? [g.dResidual] : [])]
  },
})

/** The op's inputs are x, then weight and bias where affine, then the residual where there is one. */
function split(
  inputs: readonly NdArray[],
  o: BatchNormCall,
): [x: NdArray, weight: NdArray | null, bias: NdArray | null, residual: NdArray | null] {
  return [
    inputs[0]!,
    o.hasWeight ? inputs[1]! : null,
    o.hasWeight ? inputs[2]! : null,
    o.hasResidual ? inputs.at(-1)! : null,
  ]
}

/** What `batchNorm` works with. */
export interface BatchNormOptions {
  /** (C,), moved in place while training: running ← (1 − momentum) · running + momentum · batch. */
  runningMean?: Tensor | null
  /** (C,), moved towards the unbiased variance. */
  runningVar?: Tensor | null
  /** (C,) scale and shift; both or neither. */
  weight?: Tensor | null
  bias?: Tensor | null
  /** Normalize by the batch's statistics (true) or by the running ones. */
  training: boolean
  momentum?: number
  eps?: number
  /** Added after normalization, in the same pass; the shape of x. */
  residual?: Tensor | null
  /** Apply relu at the end, in the same pass. */
  relu?: boolean
  /** Where to put the result: see `Adjoining`. */
  into?: Placement
  /** While training, the batch is that of all processes, of which this one has a part: adds numbers up over them. */
  sync?: AllReduce | null
}

/**
 * Batch normalization over all axes but the second (Ioffe and Szegedy 2015), as torch.nn.functional.batch_norm:
 * y = (x − mean) / √(variance + eps) · weight + bias, optionally + residual, optionally relu.
 * @param x (N, C, …)
 */
export function batchNorm(x: Tensor, options: BatchNormOptions): Tensor {
  checkBatchNorm(x.shape, options)
  const { runningMean, runningVar, weight, bias, residual, training } = options
  const inputs = [x, ...(weight && bias ? [weight, bias] : []), ...(residual ? [residual] : [])]
  return batchNormOp(inputs, {
    running: runningMean && runningVar ? { mean: runningMean.array, variance: runningVar.array } : null,
    training,
    momentum: options.momentum ?? 0.1,
    eps: options.eps ?? defaultEps,
    relu: options.relu ?? false,
    hasWeight: Boolean(weight),
    hasResidual: Boolean(residual),
    into: options.into ?? null,
    sync: options.sync ?? null,
  })
}

/**
 * Whether an input of `shape` can be normalized.
 * @throws ShapeError if not
 */
export function checkBatchNorm(shape: Shape, options: BatchNormOptions): void {
  const { runningMean, runningVar, weight, bias, residual, training } = options
  const channels = shape[1]
  if (shape.length < 2) throw new ShapeError(`batchNorm: expected input (N, C, …), got ${showShape(shape)}`)
  for (const [name, t] of Object.entries({ runningMean, runningVar, weight, bias })) {
    if (t && !sameShape(t.shape, [channels!])) {
      throw new ShapeError(
        `batchNorm: expected ${name} (${channels},), got ${showShape(t.shape)} (input ${showShape(shape)})`,
      )
    }
  }
  if (residual && !sameShape(residual.shape, shape)) {
    throw new ShapeError(
      `batchNorm: expected a residual of shape ${showShape(shape)}, got ${showShape(residual.shape)}`,
    )
  }
  if (!weight !== !bias) throw new ShapeError('batchNorm: expected weight and bias together, got one of them')
  if (training && sizeOf(shape) === channels) {
    throw new ShapeError(
      `batchNorm: expected more than one value per channel when training, got input ${showShape(shape)}; ` +
        'use a larger batch, or eval()',
    )
  }
  if (!training && !(runningMean && runningVar)) {
    throw new ShapeError('batchNorm: expected runningMean and runningVar in evaluation, got none')
  }
}
