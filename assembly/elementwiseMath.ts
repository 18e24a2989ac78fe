/**
 * exp, log, sigmoid and tanh of a vector, to about one unit in the last place (coefficients: Cephes, S. L. Moshier), and
 * what is made of them.
 */
import { constant, fma, fnma } from './simd'

@inline
function splat(x: f32): v128 {
  return f32x4.splat(x)
}

/** 2ⁿ for whole n from −126 to 127 */
@inline
function power2(n: v128): v128 {
  return i32x4.shl(i32x4.add(n, i32x4.splat(127)), 23)
}

/** eˣ = 2ⁿ · eʳ with n = round(x / ln 2) and a polynomial for |r| ≤ ln 2 / 2; overflows to ∞ and underflows to 0. */
@inline
export function exp4(x: v128): v128 {
  // pmin and pmax keep their first operand when it is not a number
  const z = f32x4.pmax(f32x4.pmin(x, splat(89)), splat(-104))
  // Adding and taking away 1.5 · 2²³ rounds to the nearest whole number.
  const n = f32x4.sub(f32x4.add(f32x4.mul(z, splat(1.44269504)), splat(12582912)), splat(12582912))
  const r = fnma(n, splat(-2.12194440e-4), fnma(n, splat(0.693359375), z))
  let p = fma(r, splat(1.9875691500e-4), splat(1.3981999507e-3))
  p = fma(p, r, splat(8.3334519073e-3))
  p = fma(p, r, splat(4.1665795894e-2))
  p = fma(p, r, splat(1.6666665459e-1))
  p = fma(p, r, splat(5.0000001201e-1))
  p = f32x4.add(fma(f32x4.mul(r, r), p, r), splat(1))
  // in two steps, since 2ⁿ alone may overflow or underflow where the product does not
  const whole = i32x4.trunc_sat_f32x4_s(n)
  const half = i32x4.shr_s(whole, 1)
  return f32x4.mul(f32x4.mul(p, power2(half)), power2(i32x4.sub(whole, half)))
}

/** ln x = e · ln 2 + ln m with m from √½ to √2. ln 0 = −∞; not a number for x < 0. */
@inline
export function log4(x: v128): v128 {
  const one = splat(1)
  const tiny = f32x4.lt(x, splat(1.17549435e-38))
  const normal = f32x4.mul(x, v128.bitselect(splat(8388608), one, tiny))
  const high = i32x4.gt_s(v128.and(normal, i32x4.splat(0x7fffff)), i32x4.splat(0x3504f3))
  // the exponent, one more where the mantissa is above √2, 23 less where x was scaled up
  let e = i32x4.sub(i32x4.shr_s(normal, 23), i32x4.splat(127))
  e = i32x4.sub(i32x4.sub(e, high), v128.and(tiny, i32x4.splat(23)))
  const bias = v128.bitselect(i32x4.splat(0x3f000000), i32x4.splat(0x3f800000), high)
  const m = f32x4.sub(v128.or(v128.and(normal, i32x4.splat(0x7fffff)), bias), one)
  const k = f32x4.convert_i32x4_s(e)
  let p = fma(m, splat(7.0376836292e-2), splat(-1.1514610310e-1))
  p = fma(p, m, splat(1.1676998740e-1))
  p = fma(p, m, splat(-1.2420140846e-1))
  p = fma(p, m, splat(1.4249322787e-1))
  p = fma(p, m, splat(-1.6668057665e-1))
  p = fma(p, m, splat(2.0000714765e-1))
  p = fma(p, m, splat(-2.4999993993e-1))
  p = fma(p, m, splat(3.3333331174e-1))
  const square = f32x4.mul(m, m)
  let y = f32x4.mul(f32x4.mul(p, m), square)
  y = fma(k, splat(-2.12194440e-4), y)
  y = fnma(square, splat(0.5), y)
  y = f32x4.add(m, y)
  y = fma(k, splat(0.693359375), y)
  // ∞ and not-a-number pass through, 0 and negative numbers get their special values
  const infinity = splat(Infinity)
  y = v128.bitselect(y, x, f32x4.lt(x, infinity))
  y = v128.bitselect(splat(NaN), y, f32x4.lt(x, splat(0)))
  return v128.bitselect(f32x4.neg(infinity), y, f32x4.eq(x, splat(0)))
}

/** 1 / (1 + e⁻ˣ) */
@inline
export function sigmoid4(x: v128): v128 {
  return f32x4.div(splat(1), f32x4.add(splat(1), exp4(f32x4.neg(x))))
}

/** tanh x: a polynomial for |x| < 0.625, else 1 − 2 / (e^(2|x|) + 1) with the sign of x. */
@inline
export function tanh4(x: v128): v128 {
  const magnitude = f32x4.abs(x)
  const z = f32x4.mul(x, x)
  let p = fma(z, splat(-5.70498872745e-3), splat(2.06390887954e-2))
  p = fma(p, z, splat(-5.37397155531e-2))
  p = fma(p, z, splat(1.33314422036e-1))
  p = fma(p, z, splat(-3.33332819422e-1))
  const near = fma(f32x4.mul(p, z), x, x)
  const e = exp4(f32x4.add(magnitude, magnitude))
  const far = f32x4.sub(splat(1), f32x4.div(splat(2), f32x4.add(e, splat(1))))
  const sign = v128.and(x, i32x4.splat(0x80000000))
  return v128.bitselect(near, v128.or(far, sign), f32x4.lt(magnitude, splat(0.625)))
}

/**
 * Φ, the distribution function of the normal distribution, less ½, is odd: x · P(x²) / Q(x²), for |x| up to 5.77, from where on
 * it is ½ in floats. Here the largest |x|, then P and Q (whose first coefficient is 1) from the highest power down: a minimax fit
 * by least squares with growing weights where the error is largest (Lawson 1961). Error 1.4e-8, in float arithmetic 1.5e-7.
 */
const normal: usize = memory.data<f32>([
  5.7677966101694915,
  2.12184705e-8, 6.39319023e-6, 1.83425451e-4, 4.76549426e-3, 3.53461131e-2, 3.98942202e-1,
  1.15572323e-6, 7.80089322e-5, 1.96757587e-3, 2.94919852e-2, 2.55264848e-1, 1, 0.5,
])

/** x · Φ(x) */
@inline
export function gelu4(x: v128): v128 {
  const most = constant(normal)
  const z = f32x4.pmax(f32x4.pmin(x, most), f32x4.neg(most))
  const u = f32x4.mul(z, z)
  let p = fma(constant(normal + 4), u, constant(normal + 8))
  let q = fma(constant(normal + 28), u, constant(normal + 32))
  p = fma(p, u, constant(normal + 12))
  q = fma(q, u, constant(normal + 36))
  p = fma(p, u, constant(normal + 16))
  q = fma(q, u, constant(normal + 40))
  p = fma(p, u, constant(normal + 20))
  q = fma(q, u, constant(normal + 44))
  p = fma(p, u, constant(normal + 24))
  q = fma(q, u, constant(normal + 48))
  return f32x4.mul(x, f32x4.add(f32x4.div(f32x4.mul(z, p), q), constant(normal + 52)))
}

/** The derivative of x · Φ(x), Φ(x) + x · φ(x), less ½ is odd too: the same with |x| up to 6.17. Error 7.4e-9, in floats 1.8e-7. */
const slope: usize = memory.data<f32>([
  6.169491525423729,
  -3.03086237e-11, 1.46512509e-8, 1.35811183e-6, 3.20047548e-5, 3.73132614e-4, 1.33769521e-2, -1.31903663e-2, 7.97884524e-1,
  4.28538527e-7, 1.19488113e-5, 2.80523731e-4, 4.39894758e-3, 4.73678745e-2, 3.16800952e-1, 1, 0.5,
])

/** Φ(x) + x · φ(x) */
@inline
export function geluSlope4(x: v128): v128 {
  const most = constant(slope)
  const z = f32x4.pmax(f32x4.pmin(x, most), f32x4.neg(most))
  const u = f32x4.mul(z, z)
  let p = fma(constant(slope + 4), u, constant(slope + 8))
  p = fma(p, u, constant(slope + 12))
  let q = fma(constant(slope + 36), u, constant(slope + 40))
  p = fma(p, u, constant(slope + 16))
  q = fma(q, u, constant(slope + 44))
  p = fma(p, u, constant(slope + 20))
  q = fma(q, u, constant(slope + 48))
  p = fma(p, u, constant(slope + 24))
  q = fma(q, u, constant(slope + 52))
  p = fma(p, u, constant(slope + 28))
  q = fma(q, u, constant(slope + 56))
  p = fma(p, u, constant(slope + 32))
  q = fma(q, u, constant(slope + 60))
  return f32x4.add(f32x4.div(f32x4.mul(z, p), q), constant(slope + 64))
}

/** −2√(2/π), the same times 0.044715, 1, 3 · 0.044715 · 2√(2/π), 2√(2/π), and an exponent whose power is finite */
const approximate: usize = memory.data<f32>([-1.5957691216, -7.13548162726e-2, 1, 2.14064448818e-1, 1.5957691216, 80])

/** e^−2g with g = √(2/π) · (x + 0.044715 x³) */
@inline
function geluExponential(x: v128, square: v128): v128 {
  const z = f32x4.mul(x, fma(square, constant(approximate + 4), constant(approximate)))
  return exp4(f32x4.pmin(z, constant(approximate + 20)))
}

/** x / 2 · (1 + tanh g) = x / (1 + e^−2g)  (Hendrycks and Gimpel 2016) */
@inline
export function geluTanh4(x: v128): v128 {
  return f32x4.div(x, f32x4.add(constant(approximate + 8), geluExponential(x, f32x4.mul(x, x))))
}

/** Its derivative s · (1 + (1 − s) · x · 2g′) with s = 1 / (1 + e^−2g), and 1 − s = s · e^−2g, where nothing cancels. */
@inline
export function geluTanhSlope4(x: v128): v128 {
  const one = constant(approximate + 8)
  const square = f32x4.mul(x, x)
  const e = geluExponential(x, square)
  const s = f32x4.div(one, f32x4.add(one, e))
  const inner = f32x4.mul(x, fma(square, constant(approximate + 12), constant(approximate + 16)))
  return f32x4.mul(s, fma(f32x4.mul(s, e), inner, one))
}

/** eˣ − 1 = 2t / (1 − t) with t = tanh(x / 2), where nothing cancels; for x ≤ 0. */
@inline
export function expm1Negative4(x: v128): v128 {
  const t = tanh4(f32x4.mul(x, splat(0.5)))
  return f32x4.div(f32x4.add(t, t), f32x4.sub(splat(1), t))
}

/**
 * max(x, 0) + ln(1 + e) with e = e^−|x|. In the logarithm the rounding of u = 1 + e is made good by the factor
 * e / (u − 1).
 */
@inline
export function softplus4(x: v128): v128 {
  const e = exp4(f32x4.neg(f32x4.abs(x)))
  const u = f32x4.add(splat(1), e)
  const rounded = f32x4.sub(u, splat(1))
  const exact = f32x4.mul(log4(u), f32x4.div(e, rounded))
  const log = v128.bitselect(e, exact, f32x4.eq(rounded, splat(0)))
  return f32x4.add(f32x4.pmax(x, splat(0)), log)
}
