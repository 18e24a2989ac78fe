/**
 * A module of its own, built once for vectors of 128 bits and once for 256: every kind of vector operation that the kernels use,
 * on the same numbers. Where the engine merges vectors rightly, both builds leave the same bits.
 */
import { exp4, gelu4, geluSlope4, log4, tanh4 } from './elementwiseMath'
import { constant, firstLanes, fma, fnma, LANES, VECTOR } from './simd'

/** Bytes of a row: whole vectors in either build. */
const ROW: usize = 32

const numbers: usize = memory.data<f32>([0.7853982])

/**
 * Results over `rows` rows of eight floats at p and at q, each kind behind the one before.
 * @param factor splatted
 * @param count lanes of a row that are not masked
 * @returns the end of the results
 */
export function check(y: usize, p: usize, q: usize, rows: i32, factor: f32, count: i32): usize {
  const size = <usize>rows * ROW
  for (let i: usize = 0; i < size; i += VECTOR) {
    const a = v128.load(p + i), b = v128.load(q + i), more = f32x4.gt(a, b)
    v128.store(y + i, f32x4.add(a, b))
    v128.store(y + size + i, f32x4.sub(a, b))
    v128.store(y + 2 * size + i, f32x4.mul(a, b))
    v128.store(y + 3 * size + i, f32x4.div(a, b))
    v128.store(y + 4 * size + i, fma(a, b, f32x4.splat(factor)))
    v128.store(y + 5 * size + i, fnma(a, constant(numbers), b))
    v128.store(y + 6 * size + i, f32x4.sqrt(f32x4.abs(a)))
    v128.store(y + 7 * size + i, f32x4.max(a, b))
    v128.store(y + 8 * size + i, f32x4.pmin(f32x4.pmax(a, f32x4.neg(b)), f32x4.splat(6)))
    v128.store(y + 9 * size + i, v128.bitselect(a, b, v128.or(more, f32x4.ne(a, a))))
    v128.store(y + 10 * size + i, v128.andnot(a, f32x4.le(a, f32x4.splat(factor))))
    v128.store(y + 11 * size + i, v128.and(a, f32x4.ge(b, f32x4.splat(0))))
    v128.store(y + 12 * size + i, v128.and(a, i32x4.eq(a, b)))
    v128.store(y + 13 * size + i, exp4(a))
    v128.store(y + 14 * size + i, log4(a))
    v128.store(y + 15 * size + i, tanh4(a))
    v128.store(y + 16 * size + i, gelu4(a))
    v128.store(y + 17 * size + i, geluSlope4(a))
    v128.store(y + 18 * size + i, v128.and(a, firstLanes(min(LANES, max(0, count - (<i32>(i & (ROW - 1)) >> 2))))))
  }
  // Sums that stay in registers through a loop.
  const end = y + 19 * size
  for (let i: usize = 0; i < ROW; i += VECTOR) {
    let sum = f32x4.splat(0), product = sum
    for (let at = i; at < size; at += ROW) {
      sum = f32x4.add(sum, v128.load(q + at))
      product = fma(v128.load(q + at), v128.load(q + at), product)
    }
    v128.store(end + i, sum)
    v128.store(end + ROW + i, product)
  }
  return end + 2 * ROW
}
