/** Sums over the places and lanes of each channel of (C, P, Np), and over the places of each channel and image. */
import { float, int, ptr, share } from './call'
import { fma } from './simd'

/** Terms that a float accumulator takes before it is added to the total: keeps rounding errors from growing with P. */
const run = 64

/** y (C, Np) = a · Σ over P of x. Arguments: y, x, C, P, Np; a. With a = 1 / P: global average pooling. */
export function sumPlane(thread: i32, threads: i32): void {
  planes(false, ptr(1), 0, int(2), int(3), int(4), thread, threads)
}

/** y (C, Np) = a · Σ over P of x · z. Arguments: y, x, z, C, P, Np; a. */
export function dotPlane(thread: i32, threads: i32): void {
  planes(true, ptr(1), ptr(2), int(3), int(4), int(5), thread, threads)
}

/** Threads share the C · Np / 4 vectors of the result. */
@inline
function planes(dot: bool, x: usize, z: usize, C: i32, P: i32, Np: i32, thread: i32, threads: i32): void {
  const vectors = Np >> 2
  const a = f32x4.splat(float(0))
  const end = share(C * vectors, thread + 1, threads)
  let i = share(C * vectors, thread, threads)
  while (i < end) {
    const channel = i / vectors
    const lane = i % vectors
    const start = (<usize>(channel * P * vectors + lane)) << 4
    const y = ptr(0) + (<usize>i << 4)
    if (lane + 4 <= vectors && i + 4 <= end) {
      // a whole cache line of images
      sumColumn4(dot, y, x + start, z + start, P, <usize>vectors << 4, a)
      i += 4
    } else {
      sumColumn(dot, y, x + start, z + start, P, <usize>vectors << 4, a)
      i++
    }
  }
}

@inline
function term(dot: bool, sum: v128, x: usize, z: usize): v128 {
  return dot ? fma(v128.load(x), v128.load(z), sum) : f32x4.add(sum, v128.load(x))
}

/** One vector of images. */
@inline
function sumColumn(dot: bool, y: usize, x: usize, z: usize, P: i32, step: usize, a: v128): void {
  let total = f32x4.splat(0)
  for (let p = 0; p < P; ) {
    const stop = min(P, p + run)
    let sum = f32x4.splat(0)
    for (; p < stop; p++, x += step, z += step) sum = term(dot, sum, x, z)
    total = f32x4.add(total, sum)
  }
  v128.store(y, f32x4.mul(total, a))
}

/** Four vectors of images side by side. */
@inline
function sumColumn4(dot: bool, y: usize, x: usize, z: usize, P: i32, step: usize, a: v128): void {
  let total0 = f32x4.splat(0)
  let total1 = f32x4.splat(0)
  let total2 = f32x4.splat(0)
  let total3 = f32x4.splat(0)
  for (let p = 0; p < P; ) {
    const stop = min(P, p + run)
    let sum0 = f32x4.splat(0)
    let sum1 = f32x4.splat(0)
    let sum2 = f32x4.splat(0)
    let sum3 = f32x4.splat(0)
    for (; p < stop; p++, x += step, z += step) {
      sum0 = term(dot, sum0, x, z)
      sum1 = term(dot, sum1, x + 16, z + 16)
      sum2 = term(dot, sum2, x + 32, z + 32)
      sum3 = term(dot, sum3, x + 48, z + 48)
    }
    total0 = f32x4.add(total0, sum0)
    total1 = f32x4.add(total1, sum1)
    total2 = f32x4.add(total2, sum2)
    total3 = f32x4.add(total3, sum3)
  }
  v128.store(y, f32x4.mul(total0, a))
  v128.store(y, f32x4.mul(total1, a), 16)
  v128.store(y, f32x4.mul(total2, a), 32)
  v128.store(y, f32x4.mul(total3, a), 48)
}
