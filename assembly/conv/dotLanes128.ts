import { LANES, VECTOR } from '../simd'

/** The end of a dot tile: the lanes of its accumulators are summed up. Vectors of this file have 128 bits in every build. */

/** Bytes of a dot tile: four columns of the first row, four of the second, then the fifth and sixth of both. */
export const dotBytes: usize = 48

/** Byte offset of element (row, column) in a dot tile. */
@inline
export function dotOffset(row: i32, column: i32): usize {
  return <usize>(column < 4 ? 4 * row + column : 4 + 2 * row + column) << 2
}

/** Four vectors in, one out: lane j is the sum of the lanes of the j-th. */
@inline
function sumEach(v0: v128, v1: v128, v2: v128, v3: v128): v128 {
  const pair01 = f32x4.add(v128.shuffle<f32>(v0, v1, 0, 4, 1, 5), v128.shuffle<f32>(v0, v1, 2, 6, 3, 7))
  const pair23 = f32x4.add(v128.shuffle<f32>(v2, v3, 0, 4, 1, 5), v128.shuffle<f32>(v2, v3, 2, 6, 3, 7))
  return f32x4.add(v128.shuffle<f32>(pair01, pair23, 0, 1, 4, 5), v128.shuffle<f32>(pair01, pair23, 2, 3, 6, 7))
}

/** Accumulator number `i` at `sums`; of one of eight lanes, the sum of its halves. */
@inline
function accumulator(sums: usize, i: usize): v128 {
  const low = v128.load(sums + i * VECTOR)
  return LANES == 8 ? f32x4.add(low, v128.load(sums + i * VECTOR, 16)) : low
}

/** Sum the lanes of the accumulators at `sums`, and add them to the dot tile at `out`, or store them when `first`. */
export function addLanes(columns: i32, sums: usize, out: usize, first: bool): void {
  const zero = f32x4.splat(0)
  const s0 = accumulator(sums, 0), s2 = accumulator(sums, 2), s4 = accumulator(sums, 4)
  const top = sumEach(s0, s2, s4, accumulator(sums, 6))
  const s1 = accumulator(sums, 1), s3 = accumulator(sums, 3), s5 = accumulator(sums, 5)
  const bottom = sumEach(s1, s3, s5, accumulator(sums, 7))
  v128.store(out, first ? top : f32x4.add(top, v128.load(out)))
  v128.store(out, first ? bottom : f32x4.add(bottom, v128.load(out, 16)), 16)
  if (columns > 4) {
    const s10 = columns > 5 ? accumulator(sums, 10) : zero, s11 = columns > 5 ? accumulator(sums, 11) : zero
    const rest = sumEach(accumulator(sums, 8), s10, accumulator(sums, 9), s11)
    v128.store(out, first ? rest : f32x4.add(rest, v128.load(out, 32)), 32)
  }
}
