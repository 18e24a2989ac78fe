/**
 * Average pooling of x (C, H, W, Np) to y (C, outH, outW, Np) over the windows of two tables (`poolWindow.ts`); adaptive pooling
 * is the same with other windows. An average divides by the product of the two sizes in the tables.
 */
import { share } from './call'
import { VECTOR } from './simd'
import { outputEnd, outputFirst, windowEnd, windowFirst, windowSize } from './poolWindow'

/** y = the average of each window. */
export function averagePool(
  thread: i32, threads: i32, y: usize, x: usize, C: i32, H: i32, W: i32, outH: i32, outW: i32, Np: i32, rowTable: usize,
  columnTable: usize,
): void {
  const end = share(C * outH, thread + 1, threads)
  for (let row = share(C * outH, thread, threads); row < end; row++) {
    const i = row % outH
    const top = windowFirst(rowTable, i)
    const height = windowEnd(rowTable, i, outH) - top
    const size = windowSize(rowTable, i, outH)
    for (let j = 0; j < outW; j++) {
      const left = windowFirst(columnTable, j)
      const width = windowEnd(columnTable, j, outW) - left
      const from = x + (<usize>((((row / outH) * H + top) * W + left) * Np) << 2)
      const to = y + (<usize>((row * outW + j) * Np) << 2)
      const factor = f32x4.splat(1 / <f32>(size * windowSize(columnTable, j, outW)))
      averageWindow(to, from, height, width, W, Np, factor)
    }
  }
}

/** y = a · sum of one window, for all images, four vectors at a time while there are as many. */
@inline
function averageWindow(y: usize, x: usize, height: i32, width: i32, W: i32, Np: i32, a: v128): void {
  const step = <usize>Np << 2
  const rowStep = <usize>W * step
  let n: usize = 0
  for (; n + 4 * VECTOR <= step; n += 4 * VECTOR) {
    let sum0 = f32x4.splat(0)
    let sum1 = f32x4.splat(0)
    let sum2 = f32x4.splat(0)
    let sum3 = f32x4.splat(0)
    for (let h = 0; h < height; h++) {
      let at = x + <usize>h * rowStep + n
      for (let w = 0; w < width; w++, at += step) {
        sum0 = f32x4.add(sum0, v128.load(at))
        sum1 = f32x4.add(sum1, v128.load(at, VECTOR))
        sum2 = f32x4.add(sum2, v128.load(at, 2 * VECTOR))
        sum3 = f32x4.add(sum3, v128.load(at, 3 * VECTOR))
      }
    }
    v128.store(y + n, f32x4.mul(sum0, a))
    v128.store(y + n, f32x4.mul(sum1, a), VECTOR)
    v128.store(y + n, f32x4.mul(sum2, a), 2 * VECTOR)
    v128.store(y + n, f32x4.mul(sum3, a), 3 * VECTOR)
  }
  for (; n < step; n += VECTOR) {
    let sum = f32x4.splat(0)
    for (let h = 0; h < height; h++) {
      let at = x + <usize>h * rowStep + n
      for (let w = 0; w < width; w++, at += step) sum = f32x4.add(sum, v128.load(at))
    }
    v128.store(y + n, f32x4.mul(sum, a))
  }
}

/** dx: each place gathers dy of the windows that hold it. */
export function averagePoolBackward(
  thread: i32, threads: i32, dx: usize, dy: usize, C: i32, H: i32, W: i32, outH: i32, outW: i32, Np: i32, rowTable: usize,
  columnTable: usize,
): void {
  const bytes = <usize>Np << 2
  const end = share(C * H, thread + 1, threads)
  for (let row = share(C * H, thread, threads); row < end; row++) {
    const h = row % H
    const top = outputFirst(rowTable, h, outH)
    const bottom = outputEnd(rowTable, h, outH, H)
    for (let w = 0; w < W; w++) {
      const left = outputFirst(columnTable, w, outW)
      const right = outputEnd(columnTable, w, outW, W)
      const to = dx + <usize>(row * W + w) * bytes
      if (bottom <= top || right <= left) memory.fill(to, 0, bytes)
      for (let i = top; i < bottom; i++) {
        for (let j = left; j < right; j++) {
          const from = dy + <usize>(((row / H) * outH + i) * outW + j) * bytes
          const size = windowSize(rowTable, i, outH) * windowSize(columnTable, j, outW)
          const a = f32x4.splat(1 / <f32>size)
          if (i == top && j == left) {
            for (let n: usize = 0; n < bytes; n += VECTOR) v128.store(to + n, f32x4.mul(v128.load(from + n), a))
          } else {
            for (let n: usize = 0; n < bytes; n += VECTOR) {
              v128.store(to + n, f32x4.add(v128.load(to + n), f32x4.mul(v128.load(from + n), a)))
            }
          }
        }
      }
    }
  }
}
