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
  rstd?: number
}

export interface BnBackward extends Affine {
  /** May be dy. */
  dx: number
  dy: number
  x: number
  /** The output, needed for relu with a residual; otherwise leave it out: it is cheaper to compute the activation anew. */
  y?: number
  /** Receives the gradient of the residual. May be dy, if dx is not. */
  dResidual?: number
  /** Add to dResidual instead. */
  accumulateResidual?: boolean
  mean: number
  rstd: number
  /** (C), overwritten */
  dweight?: number
  dbias?: number
  /** Whether mean and rstd are those of the batch (the default) or constants. */
  training?: boolean
  /** Called when the sums of the gradients are there, to change them: (C, threads, 2) doubles at this address, each the sums of a part. */
  betweenPasses?: (partial: number) => void
}

/** Normalize with the statistics of the batch, keep them, and update the running ones. y must not be x. */
export function bnTrainForward(rt: WasmRuntime, shape: Lanes, args: BnTrainForward): void {
  const floats = [args.eps, args.momentum ?? 0.1]
  inTwoParts(rt, shape, (first, end, partial) => {
    const list = forwardArguments(shape, args, [args.mean, args.rstd], [args.runningMean, args.runningVar], first, end)
    list.push(partial)
    return {
      whole: () => rt.runBlock('bnTrainForward', list, floats),
      parts: () => {
        rt.runBlock('bnPartialSums', list, floats)
        rt.runBlock('bnFinishForward', list, floats)
      },
    }
  })
}

/** Normalize with given statistics: evaluation. y may be x. */
export function bnApply(rt: WasmRuntime, shape: Lanes, args: BnApply): void {
  const list = forwardArguments(shape, args, [0, args.rstd ?? 0], [args.mean, args.variance], 0, shape.C)
  rt.runBlock('bnApply', list, [args.eps])
}

/** mean (C) and biased variance (C) of x. */
export function bnStats(rt: WasmRuntime, shape: Lanes, x: number, mean: number, variance: number): void {
  const bytes = 16 * shape.C * rt.threads
  const partial = rt.heap.allocate(bytes)
  const list = forwardArguments(shape, { y: 0, x }, [0, 0], [mean, variance], 0, shape.C)
  list.push(partial)
  rt.runBlock('bnPartialSums', list)
  rt.runBlock('bnFinishStats', list)
  rt.heap.free(partial, bytes)
}

/** Gradients of `bnTrainForward`, or of `bnApply` with `training: false`. */
export function bnBackward(rt: WasmRuntime, shape: Lanes, args: BnBackward): void {
  const { P, N, Np } = shape
  if (args.relu && args.dResidual && !args.y) throw new Error('internal: relu with a residual needs the output')
  const { dx, dy, x, y = 0, dResidual = 0, weight = 0, bias = 0, mean, rstd, dweight = 0, dbias = 0 } = args
  const { relu = false, accumulateResidual = false, training = true, betweenPasses } = args
  const passes: Passes = (first, end, partial) => {
    const list = [
      ...[dx, dy, x, y, dResidual, weight, bias, mean, rstd, dweight, dbias, first, end, P, N, Np],
      ...[Number(relu), Number(accumulateResidual), Number(training), partial],
    ]
    return {
      whole: () => rt.runBlock('bnBackward', list),
      parts: () => {
        rt.runBlock('bnPartialGradients', list)
        betweenPasses?.(partial)
        rt.runBlock('bnFinishBackward', list)
      },
    }
  }
  if (betweenPasses) inParts(rt, shape, passes)
  else inTwoParts(rt, shape, passes)
}

/** Prepares work on the channels first … end, which are then done as a whole, or in parts that leave their sums at `partial`. */
type Passes = (first: number, end: number, partial: number) => { whole(): void; parts(): void }

type Pair = readonly [number | undefined, number | undefined]

/** The common arguments of the forward kernels, in the order of `Arg` in `assembly/normForward.ts`. */
function forwardArguments(
  { P, N, Np }: Lanes,
  { y, x, residual = 0, weight = 0, bias = 0, relu = false }: Affine & { y: number; x: number; residual?: number },
  [mean = 0, rstd = 0]: Pair,
  [runningMean = 0, runningVar = 0]: Pair,
  first: number,
  end: number,
): number[] {
  return [y, x, residual, weight, bias, mean, rstd, runningMean, runningVar, first, end, P, N, Np, Number(relu)]
}

/**
 * Deal out the channels: as many whole ones to each thread as there are for all; the rest, where it pays, in parts of each
 * channel, with room for the sums of the parts.
 */
function inTwoParts(rt: WasmRuntime, { C, P, Np }: Lanes, passes: Passes): void {
  const rest = P * Np >= worthCutting ? C % rt.threads : 0
  const bytes = 64 * Math.max(1, rest) * rt.threads
  const partial = rt.heap.allocate(bytes)
  if (rest < C) passes(0, C - rest, partial).whole()
  if (rest > 0) passes(C - rest, C, partial).parts()
  rt.heap.free(partial, bytes)
}

/** All channels in parts: for what has to happen between the sums and the rest. */
function inParts(rt: WasmRuntime, { C }: Lanes, passes: Passes): void {
  const bytes = 16 * C * rt.threads
  const partial = rt.heap.allocate(bytes)
  passes(0, C, partial).parts()
  rt.heap.free(partial, bytes)
}
