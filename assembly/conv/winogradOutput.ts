import { fma } from '../simd'
import { Finish, floor, put, scale, toResidual } from './epilogue'

/**
 * The transform of F(4×4, 3×3) back, Aᵀ m A: a 6×6 tile of products, 32 bytes apart, to the 4×4 tile of outputs at `y`, of which
 * `height` × `width` pixels lie in the plane. Columns into a small buffer, then rows.
 */
@inline
function transform(
  finish: Finish, m: usize, temporary: usize, y: usize, row: usize, px: usize, height: i32, width: i32, b: v128,
): void {
  const two = f32x4.splat(2), four = f32x4.splat(4), eight = f32x4.splat(8)
  for (let j = 0, t = temporary; j < 6; j++, t += 16, m += 32) {
    const m1 = v128.load(m, 192), m2 = v128.load(m, 384), m3 = v128.load(m, 576), m4 = v128.load(m, 768)
    const sum12 = f32x4.add(m1, m2), difference12 = f32x4.sub(m1, m2)
    const sum34 = f32x4.add(m3, m4), difference34 = f32x4.sub(m3, m4)
    v128.store(t, f32x4.add(f32x4.add(v128.load(m), sum12), sum34))
    v128.store(t, fma(two, difference34, difference12), 96)
    v128.store(t, fma(four, sum34, sum12), 192)
    v128.store(t, f32x4.add(fma(eight, difference34, difference12), v128.load(m, 960)), 288)
  }
  const a = scale, least = floor, r = toResidual
  for (let i = 0, t = temporary; i < height; i++, t += 96, y += row) {
    const m1 = v128.load(t, 16), m2 = v128.load(t, 32), m3 = v128.load(t, 48), m4 = v128.load(t, 64)
    const sum12 = f32x4.add(m1, m2), difference12 = f32x4.sub(m1, m2)
    const sum34 = f32x4.add(m3, m4), difference34 = f32x4.sub(m3, m4)
    let p = y
    put(finish, p, r, f32x4.add(f32x4.add(v128.load(t), sum12), sum34), a, b, least)
    if (width < 2) continue
    p += px
    put(finish, p, r, fma(two, difference34, difference12), a, b, least)
    if (width < 3) continue
    p += px
    put(finish, p, r, fma(four, sum34, sum12), a, b, least)
    if (width < 4) continue
    p += px
    put(finish, p, r, f32x4.add(fma(eight, difference34, difference12), v128.load(t, 80)), a, b, least)
  }
}

export function transformOutput(
  m: usize, temporary: usize, y: usize, row: usize, px: usize, height: i32, width: i32,
): void {
  transform(Finish.store, m, temporary, y, row, px, height, width, f32x4.splat(0))
}

/** With the epilogue of the selected channel, which has no residual. */
export function transformOutputScaled(
  m: usize, temporary: usize, y: usize, row: usize, px: usize, height: i32, width: i32, shift: v128,
): void {
  transform(Finish.scale, m, temporary, y, row, px, height, width, shift)
}

/** With the epilogue of the selected channel, which has a residual. */
export function transformOutputAdded(
  m: usize, temporary: usize, y: usize, row: usize, px: usize, height: i32, width: i32, shift: v128,
): void {
  transform(Finish.add, m, temporary, y, row, px, height, width, shift)
}
