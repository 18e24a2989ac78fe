import { fma, VECTOR } from '../simd'
import { eight, four, two } from './winogradTransforms'
import { Finish, floor, put, scale, shift, toResidual } from './epilogue'

/**
 * The transform of F(4×4, 3×3) back, Aᵀ m A: a 6×6 tile of products, two vectors apart, to the 4×4 tile of outputs at `y`, of which
 * `height` × `width` pixels lie in the plane. Columns into a small buffer, then rows.
 */
@inline
function transform(
  finish: Finish, m: usize, temporary: usize, y: usize, row: usize, px: usize, height: i32, width: i32, isLast: bool,
): void {
  const c2 = two(), c4 = four(), c8 = eight()
  for (let j = 0, t = temporary; j < 6; j++, t += VECTOR, m += 2 * VECTOR) {
    const m1 = v128.load(m, 12 * VECTOR), m2 = v128.load(m, 24 * VECTOR)
    const m3 = v128.load(m, 36 * VECTOR), m4 = v128.load(m, 48 * VECTOR)
    const sum12 = f32x4.add(m1, m2), difference12 = f32x4.sub(m1, m2)
    const sum34 = f32x4.add(m3, m4), difference34 = f32x4.sub(m3, m4)
    v128.store(t, f32x4.add(f32x4.add(v128.load(m), sum12), sum34))
    v128.store(t, fma(c2, difference34, difference12), 6 * VECTOR)
    v128.store(t, fma(c4, sum34, sum12), 12 * VECTOR)
    v128.store(t, f32x4.add(fma(c8, difference34, difference12), v128.load(m, 60 * VECTOR)), 18 * VECTOR)
  }
  const a = scale(), b = shift(isLast), c = floor(), r = toResidual
  for (let i = 0, t = temporary; i < height; i++, t += 6 * VECTOR, y += row) {
    const m1 = v128.load(t, VECTOR), m2 = v128.load(t, 2 * VECTOR)
    const m3 = v128.load(t, 3 * VECTOR), m4 = v128.load(t, 4 * VECTOR)
    const sum12 = f32x4.add(m1, m2), difference12 = f32x4.sub(m1, m2)
    const sum34 = f32x4.add(m3, m4), difference34 = f32x4.sub(m3, m4)
    let p = y
    put(finish, p, r, f32x4.add(f32x4.add(v128.load(t), sum12), sum34), a, b, c)
    if (width < 2) continue
    p += px
    put(finish, p, r, fma(c2, difference34, difference12), a, b, c)
    if (width < 3) continue
    p += px
    put(finish, p, r, fma(c4, sum34, sum12), a, b, c)
    if (width < 4) continue
    p += px
    put(finish, p, r, f32x4.add(fma(c8, difference34, difference12), v128.load(t, 5 * VECTOR)), a, b, c)
  }
}

export function transformOutput(
  m: usize, temporary: usize, y: usize, row: usize, px: usize, height: i32, width: i32,
): void {
  transform(Finish.store, m, temporary, y, row, px, height, width, false)
}

/** With the epilogue of the selected channel, which has no residual. */
export function transformOutputScaled(
  m: usize, temporary: usize, y: usize, row: usize, px: usize, height: i32, width: i32, isLast: bool,
): void {
  transform(Finish.scale, m, temporary, y, row, px, height, width, isLast)
}

/** With the epilogue of the selected channel, which has a residual. */
export function transformOutputAdded(
  m: usize, temporary: usize, y: usize, row: usize, px: usize, height: i32, width: i32, isLast: bool,
): void {
  transform(Finish.add, m, temporary, y, row, px, height, width, isLast)
}
