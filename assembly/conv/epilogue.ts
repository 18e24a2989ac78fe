import { fma, firstLanes, LANES, VECTOR, VECTOR_SHIFT } from '../simd'

/**
 * What a forward convolution does with the sums of an output channel while they are in registers or in the first-level cache:
 *
 *   y = max(sum · scale + shift [+ residual], floor)
 *
 * Bias, batch norm by constant statistics, a residual and relu are all of this kind. Padded lanes, whose sums are zero, stay so:
 * they get no shift.
 *
 * A kernel passes on what it is called with to `setEpilogue`: addresses of the scales and shifts of the channels and of the
 * residual (0: none), whether to apply relu, vectors of images of a pixel, padded lanes of the last of them.
 */
let scales: usize = 0
let shifts: usize = 0
let pixelVectors: usize = 0
let isPadded: bool = false
let lastLanes: i32 = LANES

/** Whether there is a residual, and the bytes from a place in y to the same place in the residual. */
export let hasResidual: bool = false
export let toResidual: usize = 0
let least: f32 = 0
let channelScale: f32 = 1
let channelShift: f32 = 0

/** The scale of the selected channel. */
@inline
export function scale(): v128 {
  return f32x4.splat(channelScale)
}

/** The shift of the selected channel for a vector of images, or for the last one of a pixel, whose padded lanes get none. */
@inline
export function shift(isLast: bool): v128 {
  return isLast ? v128.and(f32x4.splat(channelShift), firstLanes(lastLanes)) : f32x4.splat(channelShift)
}

/** The least value of an output. */
@inline
export function floor(): v128 {
  return f32x4.splat(least)
}

/** What to do with a sum: store it as it is, scale and shift it, or add the residual besides. */
export const enum Finish {
  store,
  scale,
  add,
}

/** Store a vector of sums at `p`, finished; the residual lies `r` bytes from there. */
@inline
export function put(finish: Finish, p: usize, r: usize, sum: v128, a: v128, b: v128, c: v128): void {
  if (finish == Finish.store) v128.store(p, sum)
  else if (finish == Finish.scale) v128.store(p, f32x4.pmax(fma(sum, a, b), c))
  else v128.store(p, f32x4.pmax(f32x4.add(fma(sum, a, b), v128.load(p + r)), c))
}

/** Take up the epilogue of the running kernel, whose output is y. */
export function setEpilogue(
  y: usize, scalesOfChannels: usize, shiftsOfChannels: usize, residual: usize, relu: bool, vectorsOfPixel: i32,
  paddedLanes: i32,
): void {
  scales = scalesOfChannels
  shifts = shiftsOfChannels
  hasResidual = residual != 0
  toResidual = residual - y
  least = relu ? 0 : -Infinity
  pixelVectors = vectorsOfPixel
  isPadded = paddedLanes > 0
  lastLanes = LANES - paddedLanes
}

/** Take up scale and shift of output channel `k`. */
export function selectChannel(k: i32): void {
  const at = <usize>k << 2
  channelScale = scales != 0 ? load<f32>(scales + at) : 1
  channelShift = shifts != 0 ? load<f32>(shifts + at) : 0
}

/** Finish, in place, what lies in the selected channel `y` from the offset `from` to `end`. */
export function finishRun(y: usize, from: usize, end: usize): void {
  if (!isPadded || pixelVectors == 1) return finishVectors(y + from, y + end, isPadded)
  const pixel = pixelVectors << VECTOR_SHIFT
  // The last vector of the pixel that `from` lies in.
  for (let last = from - from % pixel + pixel - VECTOR; from < end; last += pixel) {
    finishVectors(y + from, y + min(last, end), false)
    from = last + VECTOR
    if (last < end) finishVectors(y + last, y + from, true)
  }
}

function finishVectors(y: usize, end: usize, isLast: bool): void {
  if (hasResidual) addVectors(y, end, isLast)
  else scaleVectors(y, end, isLast)
}

// Each loop alone in its function: see docs/performance.md.

function scaleVectors(y: usize, end: usize, isLast: bool): void {
  const a = scale(), b = shift(isLast), c = floor()
  for (; y < end; y += VECTOR) put(Finish.scale, y, 0, v128.load(y), a, b, c)
}

function addVectors(y: usize, end: usize, isLast: bool): void {
  const a = scale(), b = shift(isLast), c = floor(), r = toResidual
  for (; y < end; y += VECTOR) put(Finish.add, y, r, v128.load(y), a, b, c)
}
