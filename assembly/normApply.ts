/** The elementwise pass of batch normalization over rows of one channel. */
import { clearRows } from './flat'
import { fma } from './simd'

@inline
function activate(relu: bool, v: v128): v128 {
  return relu ? f32x4.pmax(v, f32x4.splat(0)) : v
}

@inline
function value(relu: bool, add: bool, x: usize, residual: usize, mean: v128, scale: v128, bias: v128): v128 {
  const v = fma(f32x4.sub(v128.load(x), mean), scale, bias)
  return activate(relu, add ? f32x4.add(v, v128.load(residual)) : v)
}

@inline
function applyAll(
  relu: bool, add: bool, y: usize, x: usize, r: usize, n: i32, mean: v128, scale: v128, bias: v128,
): void {
  const end = y + (<usize>n << 2)
  for (; y + 64 <= end; y += 64, x += 64, r += 64) {
    v128.store(y, value(relu, add, x, r, mean, scale, bias))
    v128.store(y, value(relu, add, x + 16, r + 16, mean, scale, bias), 16)
    v128.store(y, value(relu, add, x + 32, r + 32, mean, scale, bias), 32)
    v128.store(y, value(relu, add, x + 48, r + 48, mean, scale, bias), 48)
  }
  for (; y < end; y += 16, x += 16, r += 16) v128.store(y, value(relu, add, x, r, mean, scale, bias))
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
