/** The elementwise pass of batch normalization over rows of one channel. */
import { clearRows, loadAt, storeAt } from './flat'
import { fma, VECTOR } from './simd'

@inline
function activate(relu: bool, v: v128): v128 {
  return relu ? f32x4.pmax(v, f32x4.splat(0)) : v
}

/** Vector number `at` from the addresses on; `at` is a constant. */
@inline
function applyVector(
  relu: bool, add: bool, y: usize, x: usize, r: usize, at: i32, mean: v128, scale: v128, bias: v128,
): void {
  const v = fma(f32x4.sub(loadAt(x, at), mean), scale, bias)
  storeAt(y, activate(relu, add ? f32x4.add(v, loadAt(r, at)) : v), at)
}

@inline
function applyAll(
  relu: bool, add: bool, y: usize, x: usize, r: usize, n: i32, mean: v128, scale: v128, bias: v128,
): void {
  const end = y + (<usize>n << 2)
  for (; y + 4 * VECTOR <= end; y += 4 * VECTOR, x += 4 * VECTOR) {
    applyVector(relu, add, y, x, r, 0, mean, scale, bias)
    applyVector(relu, add, y, x, r, 1, mean, scale, bias)
    applyVector(relu, add, y, x, r, 2, mean, scale, bias)
    applyVector(relu, add, y, x, r, 3, mean, scale, bias)
    if (add) r += 4 * VECTOR
  }
  for (; y < end; y += VECTOR, x += VECTOR) {
    applyVector(relu, add, y, x, r, 0, mean, scale, bias)
    if (add) r += VECTOR
  }
}

/** y = act((x − mean) · scale + bias [+ residual]) over `rows` rows of Np floats, zero in the padded lanes; residual 0: none. */
export function applyRows(
  y: usize, x: usize, residual: usize, rows: i32, N: i32, Np: i32, mean: f32, scale: f32, bias: f32, relu: bool,
): void {
  const n = rows * Np
  const m = f32x4.splat(mean)
  const a = f32x4.splat(scale)
  const b = f32x4.splat(bias)
  if (relu) {
    if (residual != 0) applyAll(true, true, y, x, residual, n, m, a, b)
    else applyAll(true, false, y, x, 0, n, m, a, b)
  } else {
    if (residual != 0) applyAll(false, true, y, x, residual, n, m, a, b)
    else applyAll(false, false, y, x, 0, n, m, a, b)
  }
  if (N < Np) clearRows(y, rows, N, Np)
}
