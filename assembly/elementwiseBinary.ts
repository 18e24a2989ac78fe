/**
 * y[i] = f(p[i], q[i]) for i from 0 to n. Arguments: y, p, q, n; two parameters a, b where f has any. y may be p or q.
 *
 * The gradient kernels have p = dy, and q = the input or output of the activation, whichever its comment names.
 */
import { float, int, ptr } from './call'
import { sigmoid4 } from './elementwiseMath'
import { flatShare } from './flat'
import { fma, storePart, VECTOR } from './simd'

const enum Op {
  add,
  sub,
  mul,
  div,
  axpby,
  addRelu,
  reluBackward,
  relu6Backward,
  sigmoidBackward,
  tanhBackward,
  hardSigmoidBackward,
  hardSwishBackward,
  siluBackward,
}

/** Where low < q < high, all ones. */
@inline
function between(q: v128, low: f32, high: f32): v128 {
  return v128.and(f32x4.gt(q, f32x4.splat(low)), f32x4.lt(q, f32x4.splat(high)))
}

/** f'(q) of hardSwish: 0 up to −3, q/3 + 1/2 between, 1 from 3 on. */
@inline
function hardSwishSlope(q: v128): v128 {
  const middle = fma(q, f32x4.splat(1.0 / 3.0), f32x4.splat(0.5))
  const upper = v128.bitselect(f32x4.splat(1), middle, f32x4.ge(q, f32x4.splat(3)))
  return v128.andnot(upper, f32x4.le(q, f32x4.splat(-3)))
}

/** f'(q) of silu: s · (1 + q · (1 − s)), s = 1 / (1 + e^−q). */
@inline
function siluSlope(q: v128): v128 {
  const s = sigmoid4(q)
  return f32x4.mul(s, fma(q, f32x4.sub(f32x4.splat(1), s), f32x4.splat(1)))
}

@inline
function apply(op: Op, p: v128, q: v128, a: v128, b: v128): v128 {
  if (op == Op.add) return f32x4.add(p, q)
  if (op == Op.sub) return f32x4.sub(p, q)
  if (op == Op.mul) return f32x4.mul(p, q)
  if (op == Op.div) return f32x4.div(p, q)
  if (op == Op.addRelu) return f32x4.pmax(f32x4.add(p, q), f32x4.splat(0))
  if (op == Op.axpby) return fma(a, p, f32x4.mul(b, q))
  if (op == Op.reluBackward) return v128.and(p, f32x4.gt(q, f32x4.splat(0)))
  if (op == Op.relu6Backward) return v128.and(p, between(q, 0, 6))
  if (op == Op.sigmoidBackward) return f32x4.mul(p, f32x4.mul(q, f32x4.sub(f32x4.splat(1), q)))
  if (op == Op.tanhBackward) return f32x4.mul(p, f32x4.sub(f32x4.splat(1), f32x4.mul(q, q)))
  if (op == Op.hardSigmoidBackward) {
    return v128.and(f32x4.mul(p, f32x4.splat(1.0 / 6.0)), between(q, -3, 3))
  }
  if (op == Op.hardSwishBackward) return f32x4.mul(p, hardSwishSlope(q))
  return f32x4.mul(p, siluSlope(q))
}

@inline
function binary(op: Op, thread: i32, threads: i32): void {
  const n = int(3)
  const first = <usize>flatShare(n, thread, threads) << 2
  let y = ptr(0) + first
  let p = ptr(1) + first
  let q = ptr(2) + first
  const end = ptr(0) + (<usize>flatShare(n, thread + 1, threads) << 2)
  const a = f32x4.splat(float(0))
  const b = f32x4.splat(float(1))
  for (; y + 2 * VECTOR <= end; y += 2 * VECTOR, p += 2 * VECTOR, q += 2 * VECTOR) {
    v128.store(y, apply(op, v128.load(p), v128.load(q), a, b))
    v128.store(y, apply(op, v128.load(p, VECTOR), v128.load(q, VECTOR), a, b), VECTOR)
  }
  for (; y + VECTOR <= end; y += VECTOR, p += VECTOR, q += VECTOR) v128.store(y, apply(op, v128.load(p), v128.load(q), a, b))
  if (y < end) storePart(y, apply(op, v128.load(p), v128.load(q), a, b), <i32>(end - y) >> 2)
}

/** y = p + q */
export function add(thread: i32, threads: i32): void {
  binary(Op.add, thread, threads)
}

/** y = p − q */
export function sub(thread: i32, threads: i32): void {
  binary(Op.sub, thread, threads)
}

/** y = p · q */
export function mul(thread: i32, threads: i32): void {
  binary(Op.mul, thread, threads)
}

/** y = p / q */
export function div(thread: i32, threads: i32): void {
  binary(Op.div, thread, threads)
}

/** y = max(p + q, 0) */
export function addRelu(thread: i32, threads: i32): void {
  binary(Op.addRelu, thread, threads)
}

/** y = a · p + b · q */
export function axpby(thread: i32, threads: i32): void {
  binary(Op.axpby, thread, threads)
}

/** y = p where q > 0, else 0; q: input or output */
export function reluBackward(thread: i32, threads: i32): void {
  binary(Op.reluBackward, thread, threads)
}

/** y = p where 0 < q < 6, else 0; q: input or output */
export function relu6Backward(thread: i32, threads: i32): void {
  binary(Op.relu6Backward, thread, threads)
}

/** y = p · q · (1 − q); q: output */
export function sigmoidBackward(thread: i32, threads: i32): void {
  binary(Op.sigmoidBackward, thread, threads)
}

/** y = p · (1 − q²); q: output */
export function tanhBackward(thread: i32, threads: i32): void {
  binary(Op.tanhBackward, thread, threads)
}

/** y = p / 6 where −3 < q < 3, else 0; q: input */
export function hardSigmoidBackward(thread: i32, threads: i32): void {
  binary(Op.hardSigmoidBackward, thread, threads)
}

/** y = p · f'(q) for f = hardSwish; q: input */
export function hardSwishBackward(thread: i32, threads: i32): void {
  binary(Op.hardSwishBackward, thread, threads)
}

/** y = p · f'(q) for f = silu; q: input */
export function siluBackward(thread: i32, threads: i32): void {
  binary(Op.siluBackward, thread, threads)
}
