import type { GroupNormSaved, GroupSpec } from '../backend.js'
import { sizeOf } from '../shape.js'
import { type HostArray, zerosLike } from './hostArray.js'

/** Visits every element: `visit(element, group, number)`, where the group has a mean and `number` counts in weight and bias. */
type Visit = (element: number, group: number, number: number) => void

/** The walk over all elements of x (N, C, …), group by group. */
function walk({ shape }: HostArray, { channels, places, affine }: GroupSpec): (visit: Visit) => void {
  const [N, C = 1] = shape as [number, number?]
  const P = sizeOf(shape.slice(2))
  return (visit) => {
    for (let i = 0; i < N * C * P; i++) {
      const [image, channel, place] = [Math.floor(i / (C * P)), Math.floor(i / P) % C, i % P]
      const group =
        (image * (C / channels) + Math.floor(channel / channels)) * (P / places) + Math.floor(place / places)
      const number = { channel, place: place % places, both: channel * P + place }[affine]
      visit(i, group, number)
    }
  }
}

/** How many numbers weight and bias have. */
function affineSize({ shape }: HostArray, { places, affine }: GroupSpec): number {
  const C = shape[1] ?? 1
  return { channel: C, place: places, both: C * sizeOf(shape.slice(2)) }[affine]
}

const statisticsShape = ({ shape }: HostArray, { channels, places }: GroupSpec): number[] => [
  shape[0]!,
  (shape[1] ?? 1) / channels,
  sizeOf(shape.slice(2)) / places,
]

/** y = (x − mean) · rstd · weight + bias with the mean of a group and rstd = 1 / √(variance + eps). */
function groupNorm(
  x: HostArray,
  weight: HostArray | null,
  bias: HostArray | null,
  spec: GroupSpec,
  eps: number,
): { y: HostArray; mean: HostArray; rstd: HostArray } {
  const each = walk(x, spec)
  const count = spec.channels * spec.places
  const [y, mean, rstd] = [
    zerosLike(x, x.shape),
    zerosLike(x, statisticsShape(x, spec)),
    zerosLike(x, statisticsShape(x, spec)),
  ]
  const [sums, squares] = [new Float64Array(mean.size), new Float64Array(mean.size)]
  each((i, group) => {
    sums[group]! += x.values[i]!
  })
  each((i, group) => {
    squares[group]! += (x.values[i]! - sums[group]! / count) ** 2
  })
  mean.values.set(sums.map((sum) => sum / count))
  rstd.values.set(squares.map((square) => 1 / Math.sqrt(square / count + eps)))
  each((i, group, number) => {
    const normalized = (x.values[i]! - mean.values[group]!) * rstd.values[group]!
    y.values[i] = normalized * (weight?.values[number] ?? 1) + (bias?.values[number] ?? 0)
  })
  return { y, mean, rstd }
}

/** With g = dy · weight: dx = rstd · (g − (Σ g + x̂ · Σ g · x̂) / n), dweight = Σ dy · x̂, dbias = Σ dy. */
function groupNormGrad(
  dy: HostArray,
  { x, weight, mean, rstd }: GroupNormSaved<HostArray>,
  spec: GroupSpec,
): { dx: HostArray; dWeight: HostArray; dBias: HostArray } {
  const each = walk(x, spec)
  const count = spec.channels * spec.places
  const normalized = (i: number, group: number): number => (x.values[i]! - mean.values[group]!) * rstd.values[group]!
  const [sums, products] = [new Float64Array(mean.size), new Float64Array(mean.size)]
  const [dWeight, dBias] = [new Float64Array(affineSize(x, spec)), new Float64Array(affineSize(x, spec))]
  const dx = zerosLike(x, x.shape)
  each((i, group, number) => {
    const g = dy.values[i]! * (weight?.values[number] ?? 1)
    sums[group]! += g
    products[group]! += g * normalized(i, group)
    dWeight[number]! += dy.values[i]! * normalized(i, group)
    dBias[number]! += dy.values[i]!
  })
  each((i, group, number) => {
    const g = dy.values[i]! * (weight?.values[number] ?? 1)
    const towardsMean = (sums[group]! + normalized(i, group) * products[group]!) / count
    dx.values[i] = rstd.values[group]! * (g - towardsMean)
  })
  const asArray = (values: Float64Array): HostArray => {
    const array = zerosLike(x, [values.length])
    array.values.set(values)
    return array
  }
  return { dx, dWeight: asArray(dWeight), dBias: asArray(dBias) }
}

export const groupNormOperations = { groupNorm, groupNormGrad }
