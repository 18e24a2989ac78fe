import type { ResizedAxis } from '../backend.js'
import type { Shape } from '../shape.js'
import { type HostArray, zerosLike } from './hostArray.js'

/** Visits what each place y of the new planes is made of: y += weight · x. */
function forEachShare(
  xShape: Shape,
  rows: ResizedAxis,
  columns: ResizedAxis,
  visit: (x: number, y: number, weight: number) => void,
): void {
  const [N, C, H, W] = xShape as [number, number, number, number]
  const [P, Q] = [rows.share.length, columns.share.length]
  const parts = ({ first, second, share }: ResizedAxis, i: number): [from: number, weight: number][] => [
    [first[i]!, 1 - share[i]!],
    [second[i]!, share[i]!],
  ]
  for (let plane = 0; plane < N * C; plane++) {
    for (let p = 0; p < P; p++) {
      for (let q = 0; q < Q; q++) {
        for (const [row, down] of parts(rows, p)) {
          for (const [column, along] of parts(columns, q)) {
            visit((plane * H + row) * W + column, (plane * P + p) * Q + q, down * along)
          }
        }
      }
    }
  }
}

function resize2d(x: HostArray, rows: ResizedAxis, columns: ResizedAxis): HostArray {
  const y = zerosLike(x, [x.shape[0]!, x.shape[1]!, rows.share.length, columns.share.length])
  const sums = new Float64Array(y.size)
  forEachShare(x.shape, rows, columns, (i, o, weight) => {
    if (weight !== 0) sums[o]! += weight * x.values[i]!
  })
  y.values.set(sums)
  return y
}

function resize2dGrad(dy: HostArray, rows: ResizedAxis, columns: ResizedAxis, xShape: Shape): HostArray {
  const dx = zerosLike(dy, xShape)
  const sums = new Float64Array(dx.size)
  forEachShare(xShape, rows, columns, (i, o, weight) => {
    if (weight !== 0) sums[i]! += weight * dy.values[o]!
  })
  dx.values.set(sums)
  return dx
}

export const resizeOperations = { resize2d, resize2dGrad }
