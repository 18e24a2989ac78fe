/** Sums over the places of each channel and image of (C, P, Np). */
import { share } from './call'
import { loadAt, storeAt } from './flat'
import { LANES_SHIFT, VECTOR, VECTOR_SHIFT } from './simd'

/** Terms that a float accumulator takes before it is added to the total: keeps rounding errors from growing with P. */
const run = 64

/** y (C, Np) = a · Σ over P of x. With a = 1 / P: global average pooling. Threads share the vectors of the result. */
export function sumPlane(thread: i32, threads: i32, y: usize, x: usize, C: i32, P: i32, Np: i32, a: f32): void {
  const vectors = Np >> LANES_SHIFT
  const factor = f32x4.splat(a)
  const end = share(C * vectors, thread + 1, threads)
  let i = share(C * vectors, thread, threads)
  while (i < end) {
    const channel = i / vectors
    const lane = i % vectors
    const from = x + ((<usize>(channel * P * vectors + lane)) << VECTOR_SHIFT)
    const to = y + (<usize>i << VECTOR_SHIFT)
    const wide = lane + 4 <= vectors && i + 4 <= end
    if (wide) sumColumn4(to, from, P, <usize>vectors << VECTOR_SHIFT, factor)
    else sumColumn(to, from, P, <usize>vectors << VECTOR_SHIFT, factor)
    i += wide ? 4 : 1
  }
}

/** One vector of images. */
@inline
function sumColumn(y: usize, x: usize, P: i32, step: usize, a: v128): void {
  let total = f32x4.splat(0)
  for (let p = 0; p < P; ) {
    const stop = min(P, p + run)
    let sum = f32x4.splat(0)
    for (; p < stop; p++, x += step) sum = f32x4.add(sum, v128.load(x))
    total = f32x4.add(total, sum)
  }
  v128.store(y, f32x4.mul(total, a))
}

/** Four vectors of images side by side. */
@inline
function sumColumn4(y: usize, x: usize, P: i32, step: usize, a: v128): void {
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
    for (; p < stop; p++, x += step) {
      sum0 = f32x4.add(sum0, loadAt(x, 0))
      sum1 = f32x4.add(sum1, loadAt(x, 1))
      sum2 = f32x4.add(sum2, loadAt(x, 2))
      sum3 = f32x4.add(sum3, loadAt(x, 3))
    }
    total0 = f32x4.add(total0, sum0)
    total1 = f32x4.add(total1, sum1)
    total2 = f32x4.add(total2, sum2)
    total3 = f32x4.add(total3, sum3)
  }
  storeAt(y, f32x4.mul(total0, a), 0)
  storeAt(y, f32x4.mul(total1, a), 1)
  storeAt(y, f32x4.mul(total2, a), 2)
  storeAt(y, f32x4.mul(total3, a), 3)
}
