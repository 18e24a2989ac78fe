import type { GroupNormSaved, GroupSpec } from '../../backend.js'
import { type Shape, sizeOf } from '../../shape.js'
import { clearPadding } from '../copies.js'
import { lanesFor } from '../lanes.js'
import { WasmArray } from '../wasmArray.js'
import { inLanes, inRows } from './shape.js'

const addressOf = (x: WasmArray | null): number => (x ? inRows(x).address : 0)

/** What the kernels are told about the groups of x. */
function geometry(x: WasmArray, { channels, places, affine }: GroupSpec) {
  const { blocks } = lanesFor(x.shape[0]!, x.backend.runtime.lanes)
  const P = sizeOf(x.shape.slice(2))
  return {
    groups: (x.shape[1] ?? 1) / channels,
    blocks,
    splits: P / places,
    channels,
    places,
    perChannel: { channel: 1, place: 0, both: P }[affine],
    perPlace: affine === 'channel' ? 0 : 1,
    N: x.planes.N,
    Np: x.planes.Np,
  }
}

function groupNorm(
  input: WasmArray,
  weight: WasmArray | null,
  bias: WasmArray | null,
  spec: GroupSpec,
  eps: number,
): { y: WasmArray; mean: WasmArray; rstd: WasmArray } {
  const x = inLanes(input)
  const { groups, splits, ...others } = geometry(x, spec)
  const statistic = (): WasmArray => WasmArray.allocate(x.backend, [x.shape[0]!, groups, splits], 'lanes')
  if (x.size === 0) return { y: x, mean: statistic(), rstd: statistic() }
  const y = WasmArray.allocate(x.backend, x.shape, 'lanes')
  const mean = statistic()
  const rstd = statistic()
  x.backend.runtime.run('groupNorm', {
    y: y.address,
    x: x.address,
    weight: addressOf(weight),
    bias: addressOf(bias),
    mean: mean.address,
    rstd: rstd.address,
    groups,
    splits,
    ...others,
    eps,
  })
  // Nothing varies in padded lanes: with an eps below 0 there would be what is not a number.
  if (eps < 0) clearPadding(x.backend.runtime, rstd.address, rstd.floats / rstd.planes.Np, rstd.planes)
  return { y, mean, rstd }
}

function groupNormGrad(
  dOut: WasmArray,
  saved: GroupNormSaved<WasmArray>,
  spec: GroupSpec,
): { dx: WasmArray; dWeight: WasmArray; dBias: WasmArray } {
  const x = inLanes(saved.x)
  const dy = inLanes(dOut)
  const { runtime } = x.backend
  const { N: _, ...shape } = geometry(x, spec)
  const numbers = { channel: shape.groups * shape.channels, place: shape.places, both: sizeOf(x.shape.slice(1)) }[
    spec.affine
  ]
  if (x.size === 0) {
    const zeros = (shape: Shape): WasmArray => x.backend.full(shape, 0)
    return { dx: zeros(x.shape), dWeight: zeros([numbers]), dBias: zeros([numbers]) }
  }
  const dx = WasmArray.allocate(x.backend, x.shape, 'lanes')
  const dWeight = WasmArray.allocate(x.backend, [numbers], 'rows')
  const dBias = WasmArray.allocate(x.backend, [numbers], 'rows')
  const args = { dy: dy.address, x: x.address, mean: saved.mean.address, rstd: saved.rstd.address, ...shape }
  runtime.run('groupNormBackward', { dx: dx.address, weight: addressOf(saved.weight), ...args })
  runtime.run('groupNormWeightGrad', { dweight: dWeight.address, dbias: dBias.address, ...args })
  return { dx, dWeight, dBias }
}

export const groupNormOperations = { groupNorm, groupNormGrad }
