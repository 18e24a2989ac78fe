import { VECTOR } from '../simd'
import { four, gradLine, inputLine, two } from './winogradTransforms'

/** The transforms of F(4×4, 3×3) in two dimensions, of a tile of the images of a vector: columns into a small buffer, then rows. */

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
 * @param temporary room for 36 vectors
 */
@inline
export function transformInput(d: usize, row: usize, px: usize, temporary: usize, out: usize, step: usize): void {
  const a = two(), b = four()
  for (let j = 0, t = temporary; j < 6; j++, t += VECTOR) {
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
    inputLine(d0, d1, d2, d3, d4, v128.load(p), t, 6 * VECTOR, a, b)
    d += px
  }
  inputRows(temporary, out, step, a, b)
}

/** The same at the border: bits of `rows` and `columns` tell which of the six lie in the plane. */
@inline
export function transformBorderInput(
  d: usize, row: usize, px: usize, rows: i32, columns: i32, temporary: usize, out: usize, step: usize,
): void {
  const a = two(), b = four()
  for (let j = 0, t = temporary; j < 6; j++, t += VECTOR) {
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
      inputLine(d0, d1, d2, d3, d4, pixel((rows & 32) != 0, p), t, 6 * VECTOR, a, b)
    } else {
      const zero = f32x4.splat(0)
      v128.store(t, zero)
      v128.store(t, zero, 6 * VECTOR)
      v128.store(t, zero, 12 * VECTOR)
      v128.store(t, zero, 18 * VECTOR)
      v128.store(t, zero, 24 * VECTOR)
      v128.store(t, zero, 30 * VECTOR)
    }
    d += px
  }
  inputRows(temporary, out, step, a, b)
}

@inline
function inputRows(t: usize, out: usize, step: usize, a: v128, b: v128): void {
  for (let i = 0; i < 6; i++, t += 6 * VECTOR) {
    const d0 = v128.load(t), d1 = v128.load(t, VECTOR), d2 = v128.load(t, 2 * VECTOR)
    const d3 = v128.load(t, 3 * VECTOR), d4 = v128.load(t, 4 * VECTOR)
    inputLine(d0, d1, d2, d3, d4, v128.load(t, 5 * VECTOR), out, step, a, b)
    out += 6 * step
  }
}

/** A d Aᵀ of a 4×4 tile of output gradients, stored like `transformInput`. */
@inline
export function transformGrad(d: usize, row: usize, px: usize, temporary: usize, out: usize, step: usize): void {
  const a = two(), b = four()
  for (let j = 0, t = temporary; j < 4; j++, t += VECTOR, d += px) {
    const d0 = v128.load(d), d1 = v128.load(d + row), d2 = v128.load(d + 2 * row)
    gradLine(d0, d1, d2, v128.load(d + 3 * row), t, 4 * VECTOR, a, b)
  }
  gradRows(temporary, out, step, a, b)
}

/** The same for a tile of which only `height` × `width` pixels lie in the plane. */
@inline
export function transformBorderGrad(
  d: usize, row: usize, px: usize, height: i32, width: i32, temporary: usize, out: usize, step: usize,
): void {
  const a = two(), b = four()
  for (let j = 0, t = temporary; j < 4; j++, t += VECTOR, d += px) {
    if (j < width) {
      const d0 = v128.load(d), d1 = pixel(height > 1, d + row), d2 = pixel(height > 2, d + 2 * row)
      gradLine(d0, d1, d2, pixel(height > 3, d + 3 * row), t, 4 * VECTOR, a, b)
    } else for (let i: usize = 0; i < 24 * VECTOR; i += 4 * VECTOR) v128.store(t + i, f32x4.splat(0))
  }
  gradRows(temporary, out, step, a, b)
}

@inline
function gradRows(t: usize, out: usize, step: usize, a: v128, b: v128): void {
  for (let i = 0; i < 6; i++, t += 4 * VECTOR) {
    const d0 = v128.load(t), d1 = v128.load(t, VECTOR), d2 = v128.load(t, 2 * VECTOR)
    gradLine(d0, d1, d2, v128.load(t, 3 * VECTOR), out, step, a, b)
    out += 6 * step
  }
}
