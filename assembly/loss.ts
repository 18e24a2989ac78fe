/**
 * Softmax, its logarithm and cross-entropy along the K classes of logits (K, Np), a vector of images at a time. Threads share the
 * vectors. Padded lanes of all results are zero.
 */
import { float, int, ptr, share } from './call'
import { exp4, log4 } from './elementwiseMath'
import { firstLanes, fma, fnma, LANES, LANES_SHIFT, VECTOR_SHIFT } from './simd'

/** The largest of K vectors, `step` bytes apart. */
@inline
function largest(x: usize, K: i32, step: usize): v128 {
  let most = v128.load(x)
  for (let k = 1; k < K; k++) most = f32x4.max(most, v128.load(x + <usize>k * step))
  return most
}

/** Σ of e^(x − shift) over K vectors */
@inline
function sumOfExponentials(x: usize, K: i32, step: usize, shift: v128): v128 {
  let sum = f32x4.splat(0)
  for (let k = 0; k < K; k++) sum = f32x4.add(sum, exp4(f32x4.sub(v128.load(x + <usize>k * step), shift)))
  return sum
}

/** y = x − ln Σ eˣ. Arguments: y, x, K, N, Np. */
export function logSoftmax(thread: i32, threads: i32): void {
  const K = int(2)
  const step = <usize>int(4) << 2
  const end = share(int(4) >> LANES_SHIFT, thread + 1, threads)
  for (let i = share(int(4) >> LANES_SHIFT, thread, threads); i < end; i++) {
    const real = firstLanes(min(LANES, int(3) - LANES * i))
    let x = ptr(1) + (<usize>i << VECTOR_SHIFT)
    let y = ptr(0) + (<usize>i << VECTOR_SHIFT)
    const shift = largest(x, K, step)
    const logSum = log4(sumOfExponentials(x, K, step, shift))
    for (let k = 0; k < K; k++, x += step, y += step) {
      v128.store(y, v128.and(real, f32x4.sub(f32x4.sub(v128.load(x), shift), logSum)))
    }
  }
}

/** dx = dy − e^y · Σ dy. Arguments: dx, dy, y, K, N, Np. */
export function logSoftmaxBackward(thread: i32, threads: i32): void {
  const K = int(3)
  const step = <usize>int(5) << 2
  const end = share(int(5) >> LANES_SHIFT, thread + 1, threads)
  for (let i = share(int(5) >> LANES_SHIFT, thread, threads); i < end; i++) {
    const real = firstLanes(min(LANES, int(4) - LANES * i))
    const offset = <usize>i << VECTOR_SHIFT
    let sum = f32x4.splat(0)
    for (let k = 0; k < K; k++) sum = f32x4.add(sum, v128.load(ptr(1) + offset + <usize>k * step))
    for (let k = 0; k < K; k++) {
      const at = offset + <usize>k * step
      v128.store(ptr(0) + at, v128.and(real, fnma(exp4(v128.load(ptr(2) + at)), sum, v128.load(ptr(1) + at))))
    }
  }
}

/** y = eˣ / Σ eˣ. Arguments: y, x, K, N, Np. */
export function softmax(thread: i32, threads: i32): void {
  const K = int(2)
  const step = <usize>int(4) << 2
  const end = share(int(4) >> LANES_SHIFT, thread + 1, threads)
  for (let i = share(int(4) >> LANES_SHIFT, thread, threads); i < end; i++) {
    const real = firstLanes(min(LANES, int(3) - LANES * i))
    let x = ptr(1) + (<usize>i << VECTOR_SHIFT)
    let y = ptr(0) + (<usize>i << VECTOR_SHIFT)
    const shift = largest(x, K, step)
    const factor = v128.and(real, f32x4.div(f32x4.splat(1), sumOfExponentials(x, K, step, shift)))
    for (let k = 0; k < K; k++, x += step, y += step) {
      v128.store(y, f32x4.mul(factor, exp4(f32x4.sub(v128.load(x), shift))))
    }
  }
}

/** dx = y · (dy − Σ dy · y). Arguments: dx, dy, y, K, N, Np. */
export function softmaxBackward(thread: i32, threads: i32): void {
  const K = int(3)
  const step = <usize>int(5) << 2
  const end = share(int(5) >> LANES_SHIFT, thread + 1, threads)
  for (let i = share(int(5) >> LANES_SHIFT, thread, threads); i < end; i++) {
    const offset = <usize>i << VECTOR_SHIFT
    let sum = f32x4.splat(0)
    for (let k = 0; k < K; k++) {
      const at = offset + <usize>k * step
      sum = fma(v128.load(ptr(1) + at), v128.load(ptr(2) + at), sum)
    }
    for (let k = 0; k < K; k++) {
      const at = offset + <usize>k * step
      v128.store(ptr(0) + at, f32x4.mul(v128.load(ptr(2) + at), f32x4.sub(v128.load(ptr(1) + at), sum)))
    }
  }
}

/**
 * Cross-entropy with label smoothing ε of each image, with q = (1 − ε) · [k = label] + ε / K and p = softmax x:
 *   loss = −Σ q · ln p,  dx = a · (p − q)
 * Arguments: loss (Np), dx (0: not wanted), x, labels (whole numbers, N), K, N, Np; ε, a.
 */
export function crossEntropy(thread: i32, threads: i32): void {
  const K = int(4)
  const step = <usize>int(6) << 2
  const a = f32x4.splat(float(1))
  const spread = f32x4.splat(float(0) / <f32>K)
  const target = f32x4.splat(1 - float(0))
  const end = share(int(6) >> LANES_SHIFT, thread + 1, threads)
  for (let i = share(int(6) >> LANES_SHIFT, thread, threads); i < end; i++) {
    const real = firstLanes(min(LANES, int(5) - LANES * i))
    const offset = <usize>i << VECTOR_SHIFT
    const x = ptr(2) + offset
    const labels = v128.load(ptr(3) + offset)
    const shift = largest(x, K, step)
    const sum = sumOfExponentials(x, K, step, shift)
    const logSum = log4(sum)
    const inverse = f32x4.div(f32x4.splat(1), sum)
    let loss = f32x4.splat(0)
    for (let k = 0; k < K; k++) {
      const z = f32x4.sub(v128.load(x + <usize>k * step), shift)
      const q = f32x4.add(spread, v128.and(target, i32x4.eq(labels, i32x4.splat(k))))
      loss = fma(q, f32x4.sub(logSum, z), loss)
      if (ptr(1) != 0) {
        const slope = f32x4.mul(a, f32x4.sub(f32x4.mul(exp4(z), inverse), q))
        v128.store(ptr(1) + offset + <usize>k * step, v128.and(real, slope))
      }
    }
    v128.store(ptr(0) + offset, v128.and(real, loss))
  }
}
