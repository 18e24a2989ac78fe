import type { AllReduce, BatchNormEpilogue, BatchNormGradients, BatchNormSaved } from '../backend.js'
import type { NdArray } from '../ndarray.js'
import { hostStep } from '../recording.js'
import { syncStatistics, syncSums } from '../syncStatistics.js'
import * as k from './kernels/norm.js'
import { inLanes, inRows } from './strided.js'
import { own, WasmArray } from './wasmArray.js'

const channelArray = (x: WasmArray): WasmArray => WasmArray.allocate(x.backend, [x.shape[1]!], 'rows')
/** Address of an optional array; 0: none. */
const addressOf = (x: WasmArray | null | undefined): number => (x ? inRows(x).address : 0)
const lanesAddressOf = (x: NdArray | null): number => (x ? inLanes(x).address : 0)

interface Running {
  mean: WasmArray
  variance: WasmArray
  momentum: number
}

export function batchNormTrain(
  input: WasmArray,
  weight: WasmArray | null,
  bias: WasmArray | null,
  running: Running | null,
  eps: number,
  epilogue: BatchNormEpilogue,
): { y: WasmArray; mean: WasmArray; rstd: WasmArray } {
  const x = inLanes(input)
  const y = epilogue.into ? own(epilogue.into) : WasmArray.allocate(x.backend, x.shape, 'lanes')
  const mean = channelArray(x)
  const rstd = channelArray(x)
  k.bnTrainForward(x.backend.runtime, x.channels, {
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
    ...(running ? { momentum: running.momentum } : {}),
  })
  return { y, mean, rstd }
}

/** `batchNormTrain` by the statistics of all processes' batches together. */
export function batchNormSync(
  input: WasmArray,
  weight: WasmArray | null,
  bias: WasmArray | null,
  running: Running | null,
  eps: number,
  epilogue: BatchNormEpilogue,
  sync: AllReduce,
): { y: WasmArray; mean: WasmArray; rstd: WasmArray } {
  const x = inLanes(input)
  const mean = channelArray(x)
  const variance = channelArray(x)
  k.bnStats(x.backend.runtime, x.channels, x.address, mean.address, variance.address)
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

export function batchNormEval(
  input: WasmArray,
  weight: WasmArray | null,
  bias: WasmArray | null,
  mean: WasmArray,
  variance: WasmArray,
  eps: number,
  epilogue: BatchNormEpilogue,
): { y: WasmArray; mean: WasmArray; rstd: WasmArray } {
  const x = inLanes(input)
  const y = epilogue.into ? own(epilogue.into) : WasmArray.allocate(x.backend, x.shape, 'lanes')
  const rstd = channelArray(x)
  k.bnApply(x.backend.runtime, x.channels, {
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
  return { y, mean: own(x.backend.copy(mean)), rstd }
}

export function batchNormGrad(
  dOut: WasmArray,
  saved: BatchNormSaved,
  training: boolean,
  relu: boolean,
  hasResidual: boolean,
  mayOverwrite: boolean,
  sync: AllReduce | null,
): BatchNormGradients {
  const x = inLanes(saved.x)
  const dy = inLanes(dOut)
  const allocate = (): WasmArray => WasmArray.allocate(x.backend, x.shape, 'lanes')
  // dy's place is taken by the one or the other: written to where it was just read, it need not be fetched.
  const dx = mayOverwrite && !hasResidual ? dy : allocate()
  const dWeight = channelArray(x)
  const dBias = channelArray(x)
  // Without relu the residual's gradient is dy itself.
  const dResidual = hasResidual && relu ? (mayOverwrite ? dy : allocate()) : null
  k.bnBackward(x.backend.runtime, x.channels, {
    dx: dx.address,
    dy: dy.address,
    x: x.address,
    mean: own(saved.mean).address,
    rstd: own(saved.rstd).address,
    dweight: dWeight.address,
    dbias: dBias.address,
    relu,
    training,
    // Where nothing was added before relu, its mask is computed anew from x: cheaper than reading y.
    y: hasResidual ? lanesAddressOf(saved.y) : 0,
    weight: addressOf(saved.weight && own(saved.weight)),
    bias: addressOf(saved.bias && own(saved.bias)),
    dResidual: dResidual?.address ?? 0,
    ...(sync ? { betweenPasses: (partial) => syncPartial(x, partial, sync) } : {}),
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
