/**
 * y[i] = f(p[i], q[i]) for i from 0 to n. y may be p or q.
 *
 * The gradients: dx[i] = dy[i] · f′ with f′ from what was `saved`, the input x or the output y of the activation.
 */
import { exp4, geluSlope4, geluTanhSlope4, sigmoid4 } from './elementwiseMath'
import { flatShare } from './flat'
import { fma, storePart, VECTOR } from './simd'

const enum Op {
  add,
  sub,
  mul,
  div,
  maximum,
  minimum,
  compare,
  addRelu,
  reluBackward,
  relu6Backward,
  sigmoidBackward,
  tanhBackward,
  hardSigmoidBackward,
  hardSwishBackward,
  siluBackward,
  geluBackward,
  geluTanhBackward,
  leakyReluBackward,
  eluBackward,
  softplusBackward,
}

/** Where low < q < high, all ones. */
@inline
function between(q: v128, low: f32, high: f32): v128 {
  return v128.and(f32x4.gt(q, f32x4.splat(low)), f32x4.lt(q, f32x4.splat(high)))
}

/** 1 where p > q, −1 where p < q, else 0. */
@inline
function compare4(p: v128, q: v128): v128 {
  const one = f32x4.splat(1)
  return f32x4.sub(v128.and(one, f32x4.gt(p, q)), v128.and(one, f32x4.lt(p, q)))
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
  if (op == Op.maximum) return f32x4.max(p, q)
  if (op == Op.minimum) return f32x4.min(p, q)
  if (op == Op.compare) return compare4(p, q)
  if (op == Op.addRelu) return f32x4.pmax(f32x4.add(p, q), f32x4.splat(0))
  if (op == Op.reluBackward) return v128.and(p, f32x4.gt(q, f32x4.splat(0)))
  if (op == Op.relu6Backward) return v128.and(p, between(q, 0, 6))
  if (op == Op.sigmoidBackward) return f32x4.mul(p, f32x4.mul(q, f32x4.sub(f32x4.splat(1), q)))
  if (op == Op.tanhBackward) return f32x4.mul(p, f32x4.sub(f32x4.splat(1), f32x4.mul(q, q)))
  if (op == Op.hardSigmoidBackward) {
    return v128.and(f32x4.mul(p, f32x4.splat(1.0 / 6.0)), between(q, -3, 3))
  }
  if (op == Op.hardSwishBackward) return f32x4.mul(p, hardSwishSlope(q))
  if (op == Op.geluBackward) return f32x4.mul(p, geluSlope4(q))
  if (op == Op.geluTanhBackward) return f32x4.mul(p, geluTanhSlope4(q))
  if (op == Op.leakyReluBackward) return v128.bitselect(p, f32x4.mul(a, p), f32x4.gt(q, f32x4.splat(0)))
  if (op == Op.eluBackward) {
    return v128.bitselect(p, f32x4.mul(p, f32x4.mul(a, exp4(q))), f32x4.gt(q, f32x4.splat(0)))
  }
  if (op == Op.softplusBackward) {
    const z = f32x4.mul(a, q)
    return v128.bitselect(p, f32x4.mul(p, sigmoid4(z)), f32x4.gt(z, b))
  }
  return f32x4.mul(p, siluSlope(q))
}

@inline
function withConstants(
  op: Op, thread: i32, threads: i32, y: usize, p: usize, q: usize, n: i32, a: v128, b: v128,
): void {
  const end = y + (<usize>flatShare(n, thread + 1, threads) << 2)
  const first = <usize>flatShare(n, thread, threads) << 2
  y += first
  p += first
  q += first
  for (; y + 2 * VECTOR <= end; y += 2 * VECTOR, p += 2 * VECTOR, q += 2 * VECTOR) {
    v128.store(y, apply(op, v128.load(p), v128.load(q), a, b))
    v128.store(y, apply(op, v128.load(p, VECTOR), v128.load(q, VECTOR), a, b), VECTOR)
  }
  for (; y + VECTOR <= end; y += VECTOR, p += VECTOR, q += VECTOR) {
    v128.store(y, apply(op, v128.load(p), v128.load(q), a, b))
  }
  if (y < end) storePart(y, apply(op, v128.load(p), v128.load(q), a, b), <i32>(end - y) >> 2)
}

@inline
function binary(op: Op, thread: i32, threads: i32, y: usize, p: usize, q: usize, n: i32): void {
  withConstants(op, thread, threads, y, p, q, n, f32x4.splat(0), f32x4.splat(0))
}

/** y = p + q */
export function add(thread: i32, threads: i32, y: usize, p: usize, q: usize, n: i32): void {
  binary(Op.add, thread, threads, y, p, q, n)
}

/** y = p − q */
export function sub(thread: i32, threads: i32, y: usize, p: usize, q: usize, n: i32): void {
  binary(Op.sub, thread, threads, y, p, q, n)
}

/** y = p · q */
export function mul(thread: i32, threads: i32, y: usize, p: usize, q: usize, n: i32): void {
  binary(Op.mul, thread, threads, y, p, q, n)
}

/** y = p / q */
export function div(thread: i32, threads: i32, y: usize, p: usize, q: usize, n: i32): void {
  binary(Op.div, thread, threads, y, p, q, n)
}

/** y = max(p, q); not a number where either is none */
export function maximum(thread: i32, threads: i32, y: usize, p: usize, q: usize, n: i32): void {
  binary(Op.maximum, thread, threads, y, p, q, n)
}

/** y = min(p, q); not a number where either is none */
export function minimum(thread: i32, threads: i32, y: usize, p: usize, q: usize, n: i32): void {
  binary(Op.minimum, thread, threads, y, p, q, n)
}

/** y = 1 where p > q, −1 where p < q, else 0 */
export function compare(thread: i32, threads: i32, y: usize, p: usize, q: usize, n: i32): void {
  binary(Op.compare, thread, threads, y, p, q, n)
}

/** y = p to the power of q, one float after the other */
export function power(thread: i32, threads: i32, y: usize, p: usize, q: usize, n: i32): void {
  const to = flatShare(n, thread + 1, threads)
  for (let i = flatShare(n, thread, threads); i < to; i++) {
    const offset = <usize>i << 2
    store<f32>(y + offset, <f32>Math.pow(<f64>load<f32>(p + offset), <f64>load<f32>(q + offset)))
  }
}

/** y = max(p + q, 0) */
export function addRelu(thread: i32, threads: i32, y: usize, p: usize, q: usize, n: i32): void {
  binary(Op.addRelu, thread, threads, y, p, q, n)
}

/** dx = dy where saved > 0, else 0; saved: x or y */
export function reluBackward(thread: i32, threads: i32, dx: usize, dy: usize, saved: usize, n: i32): void {
  binary(Op.reluBackward, thread, threads, dx, dy, saved, n)
}

/** dx = dy where 0 < saved < 6, else 0; saved: x or y */
export function relu6Backward(thread: i32, threads: i32, dx: usize, dy: usize, saved: usize, n: i32): void {
  binary(Op.relu6Backward, thread, threads, dx, dy, saved, n)
}

/** dx = dy · y · (1 − y); saved: y */
export function sigmoidBackward(thread: i32, threads: i32, dx: usize, dy: usize, saved: usize, n: i32): void {
  binary(Op.sigmoidBackward, thread, threads, dx, dy, saved, n)
}

/** dx = dy · (1 − y²); saved: y */
export function tanhBackward(thread: i32, threads: i32, dx: usize, dy: usize, saved: usize, n: i32): void {
  binary(Op.tanhBackward, thread, threads, dx, dy, saved, n)
}

/** dx = dy / 6 where −3 < x < 3, else 0; saved: x */
export function hardSigmoidBackward(thread: i32, threads: i32, dx: usize, dy: usize, saved: usize, n: i32): void {
  binary(Op.hardSigmoidBackward, thread, threads, dx, dy, saved, n)
}

/** dx = dy · f′(x); saved: x */
export function hardSwishBackward(thread: i32, threads: i32, dx: usize, dy: usize, saved: usize, n: i32): void {
  binary(Op.hardSwishBackward, thread, threads, dx, dy, saved, n)
}

/** dx = dy · f′(x); saved: x */
export function siluBackward(thread: i32, threads: i32, dx: usize, dy: usize, saved: usize, n: i32): void {
  binary(Op.siluBackward, thread, threads, dx, dy, saved, n)
}

/** dx = dy · f′(x); saved: x */
export function geluBackward(thread: i32, threads: i32, dx: usize, dy: usize, saved: usize, n: i32): void {
  binary(Op.geluBackward, thread, threads, dx, dy, saved, n)
}

/** dx = dy · f′(x); saved: x */
export function geluTanhBackward(thread: i32, threads: i32, dx: usize, dy: usize, saved: usize, n: i32): void {
  binary(Op.geluTanhBackward, thread, threads, dx, dy, saved, n)
}

/** dx = dy where x > 0, else a · dy; saved: x; b is not used */
export function leakyReluBackward(
  thread: i32, threads: i32, dx: usize, dy: usize, saved: usize, n: i32, a: f32, b: f32,
): void {
  withConstants(Op.leakyReluBackward, thread, threads, dx, dy, saved, n, f32x4.splat(a), f32x4.splat(b))
}

/** dx = dy where x > 0, else dy · a · eˣ; saved: x; b is not used */
export function eluBackward(
  thread: i32, threads: i32, dx: usize, dy: usize, saved: usize, n: i32, a: f32, b: f32,
): void {
  withConstants(Op.eluBackward, thread, threads, dx, dy, saved, n, f32x4.splat(a), f32x4.splat(b))
}

/** dx = dy · sigmoid(a · x), or dy where a · x > b; saved: x */
export function softplusBackward(
  thread: i32, threads: i32, dx: usize, dy: usize, saved: usize, n: i32, a: f32, b: f32,
): void {
  withConstants(Op.softplusBackward, thread, threads, dx, dy, saved, n, f32x4.splat(a), f32x4.splat(b))
}
