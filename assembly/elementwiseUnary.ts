/**
 * y[i] = f(x[i]) for i from 0 to n. y may be x.
 *
 * Where f(0) is not 0 the host clears padded lanes afterwards.
 */
import { exp4, expm1Negative4, gelu4, geluTanh4, log4, sigmoid4, softplus4, tanh4 } from './elementwiseMath'
import { flatShare } from './flat'
import { fma, storePart, VECTOR } from './simd'

const enum Op {
  affine,
  clamp,
  neg,
  exp,
  log,
  sqrt,
  abs,
  sign,
  square,
  relu,
  relu6,
  sigmoid,
  tanh,
  hardSigmoid,
  hardSwish,
  silu,
  gelu,
  geluTanh,
  leakyRelu,
  elu,
  softplus,
}

/** relu6(x + 3) / 6 */
@inline
function hardSigmoid4(x: v128): v128 {
  const shifted = f32x4.add(x, f32x4.splat(3))
  return f32x4.mul(f32x4.pmin(f32x4.pmax(shifted, f32x4.splat(0)), f32x4.splat(6)), f32x4.splat(1.0 / 6.0))
}

/** −1, 0 or 1 */
@inline
function sign4(x: v128): v128 {
  const zero = f32x4.splat(0)
  const magnitude = v128.and(f32x4.splat(1), f32x4.ne(x, zero))
  return v128.or(magnitude, v128.and(f32x4.lt(x, zero), i32x4.splat(0x80000000)))
}

/** x where x > 0, else `other` */
@inline
function positiveOr(x: v128, other: v128): v128 {
  return v128.bitselect(x, other, f32x4.gt(x, f32x4.splat(0)))
}

@inline
function apply(op: Op, x: v128, a: v128, b: v128): v128 {
  if (op == Op.affine) return fma(a, x, b)
  if (op == Op.clamp) return f32x4.min(f32x4.max(x, a), b)
  if (op == Op.neg) return f32x4.neg(x)
  if (op == Op.exp) return exp4(x)
  if (op == Op.log) return log4(x)
  if (op == Op.sqrt) return f32x4.sqrt(x)
  if (op == Op.abs) return f32x4.abs(x)
  if (op == Op.sign) return sign4(x)
  if (op == Op.square) return f32x4.mul(x, x)
  if (op == Op.relu) return f32x4.pmax(x, f32x4.splat(0))
  if (op == Op.relu6) return f32x4.pmin(f32x4.pmax(x, f32x4.splat(0)), f32x4.splat(6))
  if (op == Op.sigmoid) return sigmoid4(x)
  if (op == Op.tanh) return tanh4(x)
  if (op == Op.hardSigmoid) return hardSigmoid4(x)
  if (op == Op.hardSwish) return f32x4.mul(x, hardSigmoid4(x))
  if (op == Op.gelu) return gelu4(x)
  if (op == Op.geluTanh) return geluTanh4(x)
  if (op == Op.leakyRelu) return positiveOr(x, f32x4.mul(a, x))
  if (op == Op.elu) return positiveOr(x, f32x4.mul(a, expm1Negative4(f32x4.pmin(x, f32x4.splat(0)))))
  if (op == Op.softplus) {
    const z = f32x4.mul(a, x)
    return v128.bitselect(x, f32x4.div(softplus4(z), a), f32x4.gt(z, b))
  }
  return f32x4.mul(x, sigmoid4(x))
}

@inline
function unary(op: Op, thread: i32, threads: i32, y: usize, x: usize, n: i32, a: v128, b: v128): void {
  const end = y + (<usize>flatShare(n, thread + 1, threads) << 2)
  const first = <usize>flatShare(n, thread, threads) << 2
  y += first
  x += first
  for (; y + 2 * VECTOR <= end; y += 2 * VECTOR, x += 2 * VECTOR) {
    v128.store(y, apply(op, v128.load(x), a, b))
    v128.store(y, apply(op, v128.load(x, VECTOR), a, b), VECTOR)
  }
  for (; y + VECTOR <= end; y += VECTOR, x += VECTOR) v128.store(y, apply(op, v128.load(x), a, b))
  if (y < end) storePart(y, apply(op, v128.load(x), a, b), <i32>(end - y) >> 2)
}

/** y = a · x + b */
export function affine(thread: i32, threads: i32, y: usize, x: usize, n: i32, a: f32, b: f32): void {
  unary(Op.affine, thread, threads, y, x, n, f32x4.splat(a), f32x4.splat(b))
}

/** y = min(max(x, low), high); not a number where x is none */
export function clamp(thread: i32, threads: i32, y: usize, x: usize, n: i32, low: f32, high: f32): void {
  unary(Op.clamp, thread, threads, y, x, n, f32x4.splat(low), f32x4.splat(high))
}

/** y = −x */
export function neg(thread: i32, threads: i32, y: usize, x: usize, n: i32): void {
  unary(Op.neg, thread, threads, y, x, n, f32x4.splat(0), f32x4.splat(0))
}

/** y = eˣ */
export function exp(thread: i32, threads: i32, y: usize, x: usize, n: i32): void {
  unary(Op.exp, thread, threads, y, x, n, f32x4.splat(0), f32x4.splat(0))
}

/** y = ln x */
export function log(thread: i32, threads: i32, y: usize, x: usize, n: i32): void {
  unary(Op.log, thread, threads, y, x, n, f32x4.splat(0), f32x4.splat(0))
}

/** y = √x */
export function sqrt(thread: i32, threads: i32, y: usize, x: usize, n: i32): void {
  unary(Op.sqrt, thread, threads, y, x, n, f32x4.splat(0), f32x4.splat(0))
}

/** y = |x| */
export function abs(thread: i32, threads: i32, y: usize, x: usize, n: i32): void {
  unary(Op.abs, thread, threads, y, x, n, f32x4.splat(0), f32x4.splat(0))
}

/** y = −1, 0 or 1, as x is less than, equal to or greater than 0 */
export function sign(thread: i32, threads: i32, y: usize, x: usize, n: i32): void {
  unary(Op.sign, thread, threads, y, x, n, f32x4.splat(0), f32x4.splat(0))
}

/** y = x² */
export function square(thread: i32, threads: i32, y: usize, x: usize, n: i32): void {
  unary(Op.square, thread, threads, y, x, n, f32x4.splat(0), f32x4.splat(0))
}

/** y = max(x, 0) */
export function relu(thread: i32, threads: i32, y: usize, x: usize, n: i32): void {
  unary(Op.relu, thread, threads, y, x, n, f32x4.splat(0), f32x4.splat(0))
}

/** y = min(max(x, 0), 6) */
export function relu6(thread: i32, threads: i32, y: usize, x: usize, n: i32): void {
  unary(Op.relu6, thread, threads, y, x, n, f32x4.splat(0), f32x4.splat(0))
}

/** y = 1 / (1 + e⁻ˣ) */
export function sigmoid(thread: i32, threads: i32, y: usize, x: usize, n: i32): void {
  unary(Op.sigmoid, thread, threads, y, x, n, f32x4.splat(0), f32x4.splat(0))
}

/** y = tanh x */
export function tanh(thread: i32, threads: i32, y: usize, x: usize, n: i32): void {
  unary(Op.tanh, thread, threads, y, x, n, f32x4.splat(0), f32x4.splat(0))
}

/** y = relu6(x + 3) / 6 */
export function hardSigmoid(thread: i32, threads: i32, y: usize, x: usize, n: i32): void {
  unary(Op.hardSigmoid, thread, threads, y, x, n, f32x4.splat(0), f32x4.splat(0))
}

/** y = x · relu6(x + 3) / 6 */
export function hardSwish(thread: i32, threads: i32, y: usize, x: usize, n: i32): void {
  unary(Op.hardSwish, thread, threads, y, x, n, f32x4.splat(0), f32x4.splat(0))
}

/** y = x / (1 + e⁻ˣ) */
export function silu(thread: i32, threads: i32, y: usize, x: usize, n: i32): void {
  unary(Op.silu, thread, threads, y, x, n, f32x4.splat(0), f32x4.splat(0))
}

/** y = x · Φ(x) with the distribution function Φ of the normal distribution */
export function gelu(thread: i32, threads: i32, y: usize, x: usize, n: i32): void {
  unary(Op.gelu, thread, threads, y, x, n, f32x4.splat(0), f32x4.splat(0))
}

/** y = x / 2 · (1 + tanh(√(2/π) · (x + 0.044715 x³))) */
export function geluTanh(thread: i32, threads: i32, y: usize, x: usize, n: i32): void {
  unary(Op.geluTanh, thread, threads, y, x, n, f32x4.splat(0), f32x4.splat(0))
}

/** y = x where x > 0, else a · x; b is not used */
export function leakyRelu(thread: i32, threads: i32, y: usize, x: usize, n: i32, a: f32, b: f32): void {
  unary(Op.leakyRelu, thread, threads, y, x, n, f32x4.splat(a), f32x4.splat(b))
}

/** y = x where x > 0, else a · (eˣ − 1); b is not used */
export function elu(thread: i32, threads: i32, y: usize, x: usize, n: i32, a: f32, b: f32): void {
  unary(Op.elu, thread, threads, y, x, n, f32x4.splat(a), f32x4.splat(b))
}

/** y = ln(1 + e^(a · x)) / a, or x where a · x > b */
export function softplus(thread: i32, threads: i32, y: usize, x: usize, n: i32, a: f32, b: f32): void {
  unary(Op.softplus, thread, threads, y, x, n, f32x4.splat(a), f32x4.splat(b))
}

/** y = xᵃ, one float after the other */
export function pow(thread: i32, threads: i32, y: usize, x: usize, n: i32, a: f32): void {
  const to = flatShare(n, thread + 1, threads)
  for (let i = flatShare(n, thread, threads); i < to; i++) {
    const offset = <usize>i << 2
    store<f32>(y + offset, <f32>Math.pow(<f64>load<f32>(x + offset), <f64>a))
  }
}
