/**
 * The few vector idioms that all kernels use.
 *
 * A vector (`v128` in the text) holds LANES floats: 4, or 8 in the wide build, where `scripts/widen.mjs` makes two of each
 * vector that the text has. Bytes step by VECTOR. Nothing works across the lanes of a vector, except in files whose names
 * end in 128, where a vector is 128 bits in every build; functions that take or return vectors are `@inline`.
 */
import { laneBuffer } from './call'

export const LANES: i32 = isDefined(WIDE) ? 8 : 4
export const VECTOR: usize = <usize>LANES << 2
/** LANES and VECTOR are 1 << these. */
export const LANES_SHIFT: i32 = isDefined(WIDE) ? 3 : 2
export const VECTOR_SHIFT: usize = <usize>LANES_SHIFT + 2

/** a · b + c. Rounded once where the relaxed build has a fused instruction, twice in the plain build. */
@inline
export function fma(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c)
  return f32x4.add(f32x4.mul(a, b), c)
}

/** c − a · b */
@inline
export function fnma(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_nmadd(a, b, c)
  return f32x4.sub(c, f32x4.mul(a, b))
}

/** Sum of the lanes. */
@inline
export function sumLanes(v: v128): f32 {
  v128.store(laneBuffer, v)
  return sumFloats(laneBuffer)
}

/** Sum of LANES floats at `p`, in pairs. */
function sumFloats(p: usize): f32 {
  const first = load<f32>(p) + load<f32>(p, 4) + (load<f32>(p, 8) + load<f32>(p, 12))
  return LANES == 4 ? first : first + (load<f32>(p, 16) + load<f32>(p, 20) + (load<f32>(p, 24) + load<f32>(p, 28)))
}

/** Sum of the lanes as a double. */
@inline
export function widenSum(v: v128): f64 {
  v128.store(laneBuffer, v)
  return sumDoubles(laneBuffer)
}

/** Sum of LANES floats at `p`, in double precision. */
function sumDoubles(p: usize): f64 {
  let sum: f64 = 0
  for (let i: usize = 0; i < VECTOR; i += 8) sum += <f64>load<f32>(p + i) + <f64>load<f32>(p + i, 4)
  return sum
}

/**
 * A number in all lanes, from memory: engines build a constant vector again wherever it is used, and keep one that was loaded
 * in a register. @param number address of one of `memory.data<f32>`
 */
@inline
export function constant(number: usize): v128 {
  return v128.load32_splat(number)
}

/** Eight times all bits, then eight zeros. */
const masks: usize = memory.data<i32>([-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0], 16)

/**
 * The first `count` (0 … LANES) lanes all ones, the others zero. Not for a count that is known when the kernel is compiled: V8 13.6
 * (Node.js 24) merges two loads from constant addresses into one whose high half is 0.
 */
@inline
export function firstLanes(count: i32): v128 {
  return v128.load(masks + (<usize>(8 - count) << 2))
}

/** Store the first `count` (1 … LANES) floats of `v`. */
@inline
export function storePart(address: usize, v: v128, count: i32): void {
  v128.store(laneBuffer, v)
  memory.copy(address, laneBuffer, <usize>count << 2)
}
