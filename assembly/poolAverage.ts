/**
 * Average pooling of x (C, H, W, Np) to y (C, Ho, Wo, Np) over the windows of two tables (`poolWindow.ts`); adaptive pooling
 * is the same with other windows. An average divides by the product of the two sizes in the tables, or by a fixed divisor.
 */
import { float, int, ptr, share } from './call'
import { VECTOR } from './simd'
import { outputEnd, outputFirst, windowEnd, windowFirst, windowSize } from './poolWindow'

/** 1 / the number that the sum of window (i, j) is divided by. Float 0: the fixed divisor, or 0. */
@inline
function factor(i: i32, j: i32, Ho: i32, Wo: i32): f32 {
  if (float(0) != 0) return 1 / float(0)
  return 1 / <f32>(windowSize(ptr(8), i, Ho) * windowSize(ptr(9), j, Wo))
}

/** Arguments: y, x, C, H, W, Ho, Wo, Np, rows' table, columns' table; divisor or 0. */
export function averagePool(thread: i32, threads: i32): void {
  const H = int(3)
  const W = int(4)
  const Ho = int(5)
  const Wo = int(6)
  const Np = int(7)
  const end = share(int(2) * Ho, thread + 1, threads)
  for (let row = share(int(2) * Ho, thread, threads); row < end; row++) {
    const i = row % Ho
    const top = windowFirst(ptr(8), i)
    const height = windowEnd(ptr(8), i, Ho) - top
    for (let j = 0; j < Wo; j++) {
      const left = windowFirst(ptr(9), j)
      const width = windowEnd(ptr(9), j, Wo) - left
      const x = ptr(1) + (<usize>((((row / Ho) * H + top) * W + left) * Np) << 2)
      const y = ptr(0) + (<usize>((row * Wo + j) * Np) << 2)
      averageWindow(y, x, height, width, W, Np, f32x4.splat(factor(i, j, Ho, Wo)))
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

/**
 * dx: each place gathers dy of the windows that hold it.
 * Arguments: dx, dy, C, H, W, Ho, Wo, Np, rows' table, columns' table; divisor or 0.
 */
export function averagePoolBackward(thread: i32, threads: i32): void {
  const H = int(3)
  const W = int(4)
  const Ho = int(5)
  const Wo = int(6)
  const Np = int(7)
  const bytes = <usize>Np << 2
  const end = share(int(2) * H, thread + 1, threads)
  for (let row = share(int(2) * H, thread, threads); row < end; row++) {
    const h = row % H
    const top = outputFirst(ptr(8), h, Ho)
    const bottom = outputEnd(ptr(8), h, Ho, H)
    for (let w = 0; w < W; w++) {
      const left = outputFirst(ptr(9), w, Wo)
      const right = outputEnd(ptr(9), w, Wo, W)
      const dx = ptr(0) + <usize>(row * W + w) * bytes
      if (bottom <= top || right <= left) memory.fill(dx, 0, bytes)
      for (let i = top; i < bottom; i++) {
        for (let j = left; j < right; j++) {
          const dy = ptr(1) + <usize>(((row / H) * Ho + i) * Wo + j) * bytes
          const a = f32x4.splat(factor(i, j, Ho, Wo))
          if (i == top && j == left) {
            for (let n: usize = 0; n < bytes; n += VECTOR) v128.store(dx + n, f32x4.mul(v128.load(dy + n), a))
          } else {
            for (let n: usize = 0; n < bytes; n += VECTOR) {
              v128.store(dx + n, f32x4.add(v128.load(dx + n), f32x4.mul(v128.load(dy + n), a)))
            }
          }
        }
      }
    }
  }
}
