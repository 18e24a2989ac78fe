import type { BatchNormEpilogue, BatchNormGradients, BatchNormSaved } from '../backend.js'
import type { NdArray } from '../ndarray.js'
import * as k from './kernels/norm.js'
import { inLanes, inRows } from './strided.js'
import { own, WasmArray } from './wasmArray.js'

const channelArray = (x: WasmArray): WasmArray => WasmArray.allocate(x.backend, [x.shape[1]!], 'rows')
/** Address of an optional array; 0: none. */
const addressOf = (x: WasmArray | null | undefined): number => (x ? inRows(x).address : 0)
const lanesAddressOf = (x: NdArray | null): number => (x ? inLanes(x).address : 0)

export function batchNormTrain(
  input: WasmArray,
  weight: WasmArray | null,
  bias: WasmArray | null,
  running: { mean: WasmArray; variance: WasmArray; momentum: number } | null,
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
  })
  return { dx, dWeight, dBias, dResidual: hasResidual ? (dResidual ?? dy) : null }
}
