import { fma } from '../simd'
import { gradLine, inputLine } from './winogradTransforms'

/** The transforms of F(4×4, 3×3) in two dimensions, of a tile of four images: columns into a small buffer, then rows. */

/** The vector at `address`, or zeros outside the plane. */
@inline
function pixel(inside: bool, address: usize): v128 {
  if (inside) return v128.load(address)
  return f32x4.splat(0)
}

/**
 * Bᵀ d B of a 6×6 tile; element (i, j) goes to `out + (6i + j) · step`.
 * @param d address of the tile's upper left pixel, whether or not it lies in the plane
 * @param row bytes from one row of pixels to the next
 * @param px bytes from one pixel to the next
 * @param temporary 576 bytes
 */
@inline
export function transformInput(d: usize, row: usize, px: usize, temporary: usize, out: usize, step: usize): void {
  for (let j = 0, t = temporary; j < 6; j++, t += 16) {
    let p = d
    const d0 = v128.load(p)
    p += row
    const d1 = v128.load(p)
    p += row
    const d2 = v128.load(p)
    p += row
    const d3 = v128.load(p)
    p += row
    const d4 = v128.load(p)
    p += row
    inputLine(d0, d1, d2, d3, d4, v128.load(p), t, 96)
    d += px
  }
  inputRows(temporary, out, step)
}

/** The same at the border: bits of `rows` and `columns` tell which of the six lie in the plane. */
@inline
export function transformBorderInput(
  d: usize, row: usize, px: usize, rows: i32, columns: i32, temporary: usize, out: usize, step: usize,
): void {
  for (let j = 0, t = temporary; j < 6; j++, t += 16) {
    if ((columns >> j) & 1) {
      let p = d
      const d0 = pixel((rows & 1) != 0, p)
      p += row
      const d1 = pixel((rows & 2) != 0, p)
      p += row
      const d2 = pixel((rows & 4) != 0, p)
      p += row
      const d3 = pixel((rows & 8) != 0, p)
      p += row
      const d4 = pixel((rows & 16) != 0, p)
      p += row
      inputLine(d0, d1, d2, d3, d4, pixel((rows & 32) != 0, p), t, 96)
    } else {
      const zero = f32x4.splat(0)
      v128.store(t, zero)
      v128.store(t, zero, 96)
      v128.store(t, zero, 192)
      v128.store(t, zero, 288)
      v128.store(t, zero, 384)
      v128.store(t, zero, 480)
    }
    d += px
  }
  inputRows(temporary, out, step)
}

@inline
function inputRows(t: usize, out: usize, step: usize): void {
  for (let i = 0; i < 6; i++, t += 96) {
    const d0 = v128.load(t), d1 = v128.load(t, 16), d2 = v128.load(t, 32)
    inputLine(d0, d1, d2, v128.load(t, 48), v128.load(t, 64), v128.load(t, 80), out, step)
    out += 6 * step
  }
}

/** A d Aᵀ of a 4×4 tile of output gradients, stored like `transformInput`. */
@inline
export function transformGrad(d: usize, row: usize, px: usize, temporary: usize, out: usize, step: usize): void {
  for (let j = 0, t = temporary; j < 4; j++, t += 16, d += px) {
    const d0 = v128.load(d), d1 = v128.load(d + row), d2 = v128.load(d + 2 * row)
    gradLine(d0, d1, d2, v128.load(d + 3 * row), t, 64)
  }
  gradRows(temporary, out, step)
}

/** The same for a tile of which only `height` × `width` pixels lie in the plane. */
@inline
export function transformBorderGrad(
  d: usize, row: usize, px: usize, height: i32, width: i32, temporary: usize, out: usize, step: usize,
): void {
  for (let j = 0, t = temporary; j < 4; j++, t += 16, d += px) {
    if (j < width) {
      const d0 = v128.load(d), d1 = pixel(height > 1, d + row), d2 = pixel(height > 2, d + 2 * row)
      gradLine(d0, d1, d2, pixel(height > 3, d + 3 * row), t, 64)
    } else for (let i: usize = 0; i < 384; i += 64) v128.store(t + i, f32x4.splat(0))
  }
  gradRows(temporary, out, step)
}

@inline
function gradRows(t: usize, out: usize, step: usize): void {
  for (let i = 0; i < 6; i++, t += 64) {
    gradLine(v128.load(t), v128.load(t, 16), v128.load(t, 32), v128.load(t, 48), out, step)
    out += 6 * step
  }
}
