/**
 * Softmax and its logarithm along K of arrays (slabs, K, Np), and cross-entropy along the K classes of logits (K, Np),
 * a vector of images at a time. Threads share the vectors. Of each row N floats count; the others are zero in all
 * results.
 */
import { share } from './call'
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

/** All ones in the lanes of vector `i` that are images. */
@inline
function realLanes(i: i32, N: i32): v128 {
  return firstLanes(min(LANES, N - LANES * i))
}

/** Where vector i of all slabs begins: they have K rows of so many vectors each. */
@inline
function startOf(i: i32, vectors: i32, K: i32): usize {
  return <usize>((i / vectors) * (K - 1) * vectors + i) << VECTOR_SHIFT
}

/** y = x − ln Σ eˣ */
export function logSoftmax(
  thread: i32, threads: i32, y: usize, x: usize, slabs: i32, K: i32, N: i32, Np: i32,
): void {
  const step = <usize>Np << 2
  const vectors = Np >> LANES_SHIFT
  const end = share(slabs * vectors, thread + 1, threads)
  for (let i = share(slabs * vectors, thread, threads); i < end; i++) {
    const real = realLanes(i % vectors, N), offset = startOf(i, vectors, K)
    const shift = largest(x + offset, K, step)
    const logSum = log4(sumOfExponentials(x + offset, K, step, shift))
    for (let k = 0; k < K; k++) {
      const at = offset + <usize>k * step
      v128.store(y + at, v128.and(real, f32x4.sub(f32x4.sub(v128.load(x + at), shift), logSum)))
    }
  }
}

/** dx = dy − e^y · Σ dy. dx may be dy. */
export function logSoftmaxBackward(
  thread: i32, threads: i32, dx: usize, dy: usize, y: usize, slabs: i32, K: i32, N: i32, Np: i32,
): void {
  const step = <usize>Np << 2
  const vectors = Np >> LANES_SHIFT
  const end = share(slabs * vectors, thread + 1, threads)
  for (let i = share(slabs * vectors, thread, threads); i < end; i++) {
    const real = realLanes(i % vectors, N), offset = startOf(i, vectors, K)
    let sum = f32x4.splat(0)
    for (let k = 0; k < K; k++) sum = f32x4.add(sum, v128.load(dy + offset + <usize>k * step))
    for (let k = 0; k < K; k++) {
      const at = offset + <usize>k * step
      v128.store(dx + at, v128.and(real, fnma(exp4(v128.load(y + at)), sum, v128.load(dy + at))))
    }
  }
}

/** y = eˣ / Σ eˣ */
export function softmax(
  thread: i32, threads: i32, y: usize, x: usize, slabs: i32, K: i32, N: i32, Np: i32,
): void {
  const step = <usize>Np << 2
  const vectors = Np >> LANES_SHIFT
  const end = share(slabs * vectors, thread + 1, threads)
  for (let i = share(slabs * vectors, thread, threads); i < end; i++) {
    const real = realLanes(i % vectors, N), offset = startOf(i, vectors, K)
    const shift = largest(x + offset, K, step)
    const factor = v128.and(real, f32x4.div(f32x4.splat(1), sumOfExponentials(x + offset, K, step, shift)))
    for (let k = 0; k < K; k++) {
      const at = offset + <usize>k * step
      v128.store(y + at, f32x4.mul(factor, exp4(f32x4.sub(v128.load(x + at), shift))))
    }
  }
}

/** dx = y · (dy − Σ dy · y). dx may be dy. */
export function softmaxBackward(
  thread: i32, threads: i32, dx: usize, dy: usize, y: usize, slabs: i32, K: i32, Np: i32,
): void {
  const step = <usize>Np << 2
  const vectors = Np >> LANES_SHIFT
  const end = share(slabs * vectors, thread + 1, threads)
  for (let i = share(slabs * vectors, thread, threads); i < end; i++) {
    const offset = startOf(i, vectors, K)
    let sum = f32x4.splat(0)
    for (let k = 0; k < K; k++) {
      const at = offset + <usize>k * step
      sum = fma(v128.load(dy + at), v128.load(y + at), sum)
    }
    for (let k = 0; k < K; k++) {
      const at = offset + <usize>k * step
      v128.store(dx + at, f32x4.mul(v128.load(y + at), f32x4.sub(v128.load(dy + at), sum)))
    }
  }
}

/**
 * Cross-entropy with label smoothing ε of each image, with q = (1 − ε) · [k = label] + ε / K and p = softmax x:
 *   loss = −Σ q · ln p,  dLogits = scale · (p − q)
 * @param losses (Np)
 * @param labels (N) whole numbers from 0 to K − 1
 * @param smoothing ε
 */
export function crossEntropy(
  thread: i32, threads: i32, losses: usize, dLogits: usize, logits: usize, labels: usize, K: i32, N: i32, Np: i32,
  smoothing: f32, scale: f32,
): void {
  const step = <usize>Np << 2
  const a = f32x4.splat(scale)
  const spread = f32x4.splat(smoothing / <f32>K)
  const target = f32x4.splat(1 - smoothing)
  const end = share(Np >> LANES_SHIFT, thread + 1, threads)
  for (let i = share(Np >> LANES_SHIFT, thread, threads); i < end; i++) {
    const real = realLanes(i, N), offset = <usize>i << VECTOR_SHIFT
    const x = logits + offset
    const label = v128.load(labels + offset)
    const shift = largest(x, K, step)
    const sum = sumOfExponentials(x, K, step, shift)
    const logSum = log4(sum)
    const inverse = f32x4.div(f32x4.splat(1), sum)
    let loss = f32x4.splat(0)
    for (let k = 0; k < K; k++) {
      const z = f32x4.sub(v128.load(x + <usize>k * step), shift)
      const q = f32x4.add(spread, v128.and(target, i32x4.eq(label, i32x4.splat(k))))
      loss = fma(q, f32x4.sub(logSum, z), loss)
      const slope = f32x4.mul(a, f32x4.sub(f32x4.mul(exp4(z), inverse), q))
      v128.store(dLogits + offset + <usize>k * step, v128.and(real, slope))
    }
    v128.store(losses + offset, v128.and(real, loss))
  }
}
