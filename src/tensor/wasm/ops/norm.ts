import type {
  AllReduce,
  BatchNormEpilogue,
  BatchNormGradients,
  BatchNormGradOptions,
  BatchNormSaved,
} from '../../backend.js'
import { hostStep } from '../../recording.js'
import { syncStatistics, syncSums } from '../../syncStatistics.js'
import type { Lanes } from '../lanes.js'
import type { WasmRuntime } from '../runtime.js'
import { WasmArray } from '../wasmArray.js'
import { inLanes, inRows, shapeOperations } from './shape.js'

const channelArray = (x: WasmArray): WasmArray => WasmArray.allocate(x.backend, [x.shape[1]!], 'rows')
/** Address of an optional array; 0: none. */
const addressOf = (x: WasmArray | null | undefined): number => (x ? inRows(x).address : 0)
const lanesAddressOf = (x: WasmArray | null): number => (x ? inLanes(x).address : 0)

interface Running {
  mean: WasmArray
  variance: WasmArray
  momentum: number
}

function batchNormTrain(
  input: WasmArray,
  weight: WasmArray | null,
  bias: WasmArray | null,
  running: Running | null,
  eps: number,
  epilogue: BatchNormEpilogue<WasmArray>,
  sync: AllReduce | null = null,
): { y: WasmArray; mean: WasmArray; rstd: WasmArray } {
  if (sync) return batchNormSync(input, weight, bias, running, eps, epilogue, sync)
  const x = inLanes(input)
  const y = epilogue.into ?? WasmArray.allocate(x.backend, x.shape, 'lanes')
  const mean = channelArray(x)
  const rstd = channelArray(x)
  bnTrainForward(x.backend.runtime, x.channels, {
    x: x.address,
    y: y.address,
    mean: mean.address,
    rstd: rstd.address,
    eps,
    relu: epilogue.relu,
    weight: addressOf(weight),
    bias: addressOf(bias),
    residual: lanesAddressOf(epilogue.residual),
    runningMean: addressOf(running?.mean),
    runningVar: addressOf(running?.variance),
    momentum: running?.momentum ?? 0,
  })
  return { y, mean, rstd }
}

/** `batchNormTrain` by the statistics of all processes' batches together. */
function batchNormSync(
  input: WasmArray,
  weight: WasmArray | null,
  bias: WasmArray | null,
  running: Running | null,
  eps: number,
  epilogue: BatchNormEpilogue<WasmArray>,
  sync: AllReduce,
): { y: WasmArray; mean: WasmArray; rstd: WasmArray } {
  const x = inLanes(input)
  const mean = channelArray(x)
  const variance = channelArray(x)
  bnStats(x.backend.runtime, x.channels, x.address, mean.address, variance.address)
  exchange(x, (count) => {
    const total = syncStatistics(valuesOf(mean), valuesOf(variance), count, sync)
    if (running) moveRunning(running, valuesOf(mean), valuesOf(variance), total)
  })
  return batchNormEval(x, weight, bias, mean, variance, eps, epilogue)
}

/** Exchange statistics with the other processes between two kernels, in each replay too; `count` values a channel, here. */
function exchange({ channels: { P, N } }: WasmArray, step: (count: number) => void): void {
  hostStep(() => step(P * N))
}

/** The numbers of an array in rows, where they lie. */
const valuesOf = (x: WasmArray): Float32Array => x.backend.runtime.f32.subarray(x.address / 4, x.address / 4 + x.floats)

/** running ← running + momentum · (batch − running), the variance unbiased; `total` values a channel. */
function moveRunning(running: Running, mean: Float32Array, variance: Float32Array, total: number): void {
  const [runningMean, runningVariance] = [valuesOf(running.mean), valuesOf(running.variance)]
  for (let c = 0; c < mean.length; c++) {
    runningMean[c]! += running.momentum * (mean[c]! - runningMean[c]!)
    runningVariance[c]! += running.momentum * ((variance[c]! * total) / Math.max(1, total - 1) - runningVariance[c]!)
  }
}

function batchNormEval(
  input: WasmArray,
  weight: WasmArray | null,
  bias: WasmArray | null,
  mean: WasmArray,
  variance: WasmArray,
  eps: number,
  epilogue: BatchNormEpilogue<WasmArray>,
): { y: WasmArray; mean: WasmArray; rstd: WasmArray } {
  const x = inLanes(input)
  const y = epilogue.into ?? WasmArray.allocate(x.backend, x.shape, 'lanes')
  const rstd = channelArray(x)
  bnApply(x.backend.runtime, x.channels, {
    x: x.address,
    y: y.address,
    mean: mean.address,
    variance: variance.address,
    rstd: rstd.address,
    eps,
    relu: epilogue.relu,
    weight: addressOf(weight),
    bias: addressOf(bias),
    residual: lanesAddressOf(epilogue.residual),
  })
  return { y, mean: shapeOperations.copy(mean), rstd }
}

function batchNormGrad(
  dOut: WasmArray,
  saved: BatchNormSaved<WasmArray>,
  { training, relu, hasResidual, mayOverwrite, sync = null }: BatchNormGradOptions,
): BatchNormGradients<WasmArray> {
  const x = inLanes(saved.x)
  const dy = inLanes(dOut)
  const allocate = (): WasmArray => WasmArray.allocate(x.backend, x.shape, 'lanes')
  // dy's place is taken by the one or the other: written to where it was just read, it need not be fetched.
  const dx = mayOverwrite && !hasResidual ? dy : allocate()
  const dWeight = channelArray(x)
  const dBias = channelArray(x)
  // Without relu the residual's gradient is dy itself.
  const dResidual = hasResidual && relu ? (mayOverwrite ? dy : allocate()) : null
  bnBackward(x.backend.runtime, x.channels, {
    dx: dx.address,
    dy: dy.address,
    x: x.address,
    mean: saved.mean.address,
    rstd: saved.rstd.address,
    dweight: dWeight.address,
    dbias: dBias.address,
    relu,
    training,
    // Where nothing was added before relu, its mask is computed anew from x: cheaper than reading y.
    y: hasResidual ? lanesAddressOf(saved.y) : 0,
    weight: addressOf(saved.weight),
    bias: addressOf(saved.bias),
    dResidual: dResidual?.address ?? 0,
    betweenPasses: sync ? (partial) => syncPartial(x, partial, sync) : undefined,
  })
  return { dx, dWeight, dBias, dResidual: hasResidual ? (dResidual ?? dy) : null }
}

/** Put the synchronized sums of a whole channel into the place of its first part, and nothing into the others'. */
function syncPartial(x: WasmArray, partial: number, sync: AllReduce): void {
  const { runtime } = x.backend
  const { C } = x.channels
  const row = 2 * runtime.threads
  const parts = new Float64Array(runtime.f32.buffer, partial, C * row)
  exchange(x, (count) => {
    const sums = Float64Array.from({ length: 2 * C }, (_, i) => {
      const [c, which] = [i >> 1, i & 1]
      let sum = 0
      for (let part = which; part < row; part += 2) sum += parts[c * row + part]!
      return sum
    })
    syncSums(sums, count, sync)
    parts.fill(0)
    for (let c = 0; c < C; c++) parts.set(sums.subarray(2 * c, 2 * c + 2), c * row)
  })
}

export const normOperations = { batchNormTrain, batchNormEval, batchNormGrad }

// The same by address, for activations (C, P, Np). Addresses of optional arrays may be left out or 0.

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
  betweenPasses?: ((partial: number) => void) | undefined
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
