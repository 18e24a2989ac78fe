/** Batch normalization of activations (C, P, Np). Addresses of optional arrays may be left out or 0. */
import type { WasmRuntime } from '../runtime.js'
import type { Lanes } from './lanes.js'

/** Floats in a channel from which on it pays to cut left-over channels into parts for the threads. */
const worthCutting = 4096

interface Affine {
  /** (C), 1 where left out */
  weight?: number
  /** (C), 0 where left out */
  bias?: number
  /** Whether the activation is relu; otherwise there is none. */
  relu?: boolean
}

interface Forward extends Affine {
  y: number
  x: number
  /** As x: added before the activation. */
  residual?: number
  eps: number
}

export interface BnTrainForward extends Forward {
  /** (C): receive the mean of the batch and 1 / √(variance + ε), for the gradient. */
  mean: number
  rstd: number
  /** (C): followed with `momentum` (PyTorch's: the weight of the new value), the variance unbiased. */
  runningMean?: number
  runningVar?: number
  momentum?: number
}

export interface BnApply extends Forward {
  /** (C): statistics to normalize with */
  mean: number
  variance: number
  /** (C): receives 1 / √(variance + ε), for the gradient. */
  rstd: number
}

export interface BnBackward extends Affine {
  /** May be dy. */
  dx: number
  dy: number
  x: number
  /** For relu with a residual: the output, and what receives the gradient of the residual, which may be dy, if dx is not. */
  y?: number
  dResidual?: number
  mean: number
  rstd: number
  /** (C), overwritten */
  dweight: number
  dbias: number
  /** Whether mean and rstd are those of the batch, or constants. */
  training: boolean
  /** Called when the sums of the gradients are there, to change them: (C, threads, 2) doubles at this address, each the sums of a part. */
  betweenPasses?: (partial: number) => void
}

/** Normalize with the statistics of the batch, keep them, and update the running ones. y must not be x. */
export function bnTrainForward(rt: WasmRuntime, { C, P, N, Np }: Lanes, args: BnTrainForward): void {
  const defaults = { residual: 0, weight: 0, bias: 0, relu: false, runningMean: 0, runningVar: 0, momentum: 0.1 }
  const common = { ...defaults, ...args, P, N, Np }
  inTwoParts(
    rt,
    { C, P, Np },
    {
      whole: (part) => rt.run('bnTrainForward', { ...common, ...part }),
      parts: (part) => {
        rt.run('bnPartialSums', { ...common, ...part })
        rt.run('bnFinishForward', { ...common, ...part })
      },
    },
  )
}

/** Normalize with given statistics: evaluation. y may be x. */
export function bnApply(rt: WasmRuntime, shape: Lanes, args: BnApply): void {
  rt.run('bnApply', { residual: 0, weight: 0, bias: 0, relu: false, ...args, ...shape })
}

/** mean (C) and biased variance (C) of x. */
export function bnStats(rt: WasmRuntime, { C, P, N, Np }: Lanes, x: number, mean: number, variance: number): void {
  inParts(rt, C, (part) => {
    const args = { ...part, x, P, N, Np }
    rt.run('bnPartialSums', args)
    rt.run('bnFinishStats', { ...args, mean, variance, C })
  })
}

/** Gradients of `bnTrainForward`, or of `bnApply` with `training: false`. */
export function bnBackward(rt: WasmRuntime, { C, P, N, Np }: Lanes, args: BnBackward): void {
  if (args.dResidual && !(args.relu && args.y)) throw new Error('internal: dResidual is for relu, and needs the output')
  const { betweenPasses } = args
  const common = { y: 0, dResidual: 0, weight: 0, bias: 0, relu: false, ...args, P, N, Np }
  const passes: Passes = {
    whole: (part) => rt.run('bnBackward', { ...common, ...part }),
    parts: (part) => {
      rt.run('bnPartialGradients', { ...common, ...part })
      betweenPasses?.(part.partial)
      rt.run('bnFinishBackward', { ...common, ...part })
    },
  }
  if (betweenPasses) inParts(rt, C, passes.parts)
  else inTwoParts(rt, { C, P, Np }, passes)
}

/** Channels to work on, and room for their sums. */
interface Part {
  first: number
  end: number
  partial: number
}

/** Work on channels as a whole, or in parts that leave their sums at `partial`. */
interface Passes {
  whole: (part: Part) => void
  parts: (part: Part) => void
}

/**
 * Deal out the channels: as many whole ones to each thread as there are for all; the rest, where it pays, in parts of each
 * channel, with room for the sums of the parts.
 */
function inTwoParts(rt: WasmRuntime, { C, P, Np }: Omit<Lanes, 'N'>, { whole, parts }: Passes): void {
  const rest = P * Np >= worthCutting ? C % rt.threads : 0
  const bytes = 64 * Math.max(1, rest) * rt.threads
  const partial = rt.heap.allocate(bytes)
  if (rest < C) whole({ first: 0, end: C - rest, partial })
  if (rest > 0) parts({ first: C - rest, end: C, partial })
  rt.heap.free(partial, bytes)
}

/** All channels in parts: for what has to happen between the sums and the rest. */
function inParts(rt: WasmRuntime, C: number, parts: Passes['parts']): void {
  const bytes = 16 * C * rt.threads
  const partial = rt.heap.allocate(bytes)
  parts({ first: 0, end: C, partial })
  rt.heap.free(partial, bytes)
}
