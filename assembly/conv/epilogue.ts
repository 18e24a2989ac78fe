import { int, ptr } from '../call'
import { fma } from '../simd'

/**
 * What a forward convolution does with the sums of an output channel while they are in registers or in the first-level cache:
 *
 *   y = max(sum · scale + shift [+ residual], floor)
 *
 * Bias, batch norm by constant statistics, a residual and relu are all of this kind. Padded lanes, whose sums are zero, stay so:
 * they get no shift.
 *
 * Arguments, the last ones of a kernel: whether there is an epilogue (if not, nothing follows), addresses of the scales and shifts of
 * the channels and of the residual (0: none), whether to apply relu, quads of images of a pixel, padded lanes of the last of them.
 */
let scales: usize = 0
let shifts: usize = 0
let quads: usize = 0
let isPadded: bool = false
let counted = i32x4.splat(-1)

/** Whether there is a residual, and the bytes from a place in y to the same place in the residual. */
export let hasResidual: bool = false
export let toResidual: usize = 0
export let floor = f32x4.splat(0)
/** Of the selected channel; `lastShift` is for the last quad of a pixel. */
export let scale = f32x4.splat(1)
export let shift = f32x4.splat(0)
export let lastShift = f32x4.splat(0)

/** What to do with a sum: store it as it is, scale and shift it, or add the residual besides. */
export const enum Finish {
  store,
  scale,
  add,
}

/** Store a vector of sums at `p`, finished; the residual lies `r` bytes from there. */
@inline
export function put(finish: Finish, p: usize, r: usize, sum: v128, a: v128, b: v128, least: v128): void {
  if (finish == Finish.store) v128.store(p, sum)
  else if (finish == Finish.scale) v128.store(p, f32x4.pmax(fma(sum, a, b), least))
  else v128.store(p, f32x4.pmax(f32x4.add(fma(sum, a, b), v128.load(p + r)), least))
}

/** Read the arguments from number `at` on; whether there is an epilogue. */
export function readEpilogue(at: usize, y: usize): bool {
  if (int(at) == 0) return false
  scales = ptr(at + 1)
  shifts = ptr(at + 2)
  hasResidual = ptr(at + 3) != 0
  toResidual = ptr(at + 3) - y
  floor = int(at + 4) != 0 ? f32x4.splat(0) : f32x4.splat(-Infinity)
  quads = ptr(at + 5)
  isPadded = int(at + 6) > 0
  counted = i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(4 - int(at + 6)))
  return true
}

/** Take up scale and shift of output channel `k`. */
export function selectChannel(k: i32): void {
  const at = <usize>k << 2
  scale = scales != 0 ? v128.load32_splat(scales + at) : f32x4.splat(1)
  shift = shifts != 0 ? v128.load32_splat(shifts + at) : f32x4.splat(0)
  lastShift = v128.and(shift, counted)
}

/** Finish, in place, what lies in the selected channel `y` from the offset `from` to `end`. */
export function finishRun(y: usize, from: usize, end: usize): void {
  if (!isPadded || quads == 1) return finishVectors(y + from, y + end, lastShift)
  const pixel = quads << 4
  // The last quad of the pixel that `from` lies in.
  for (let last = from - from % pixel + pixel - 16; from < end; last += pixel) {
    finishVectors(y + from, y + min(last, end), shift)
    from = last + 16
    if (last < end) finishVectors(y + last, y + from, lastShift)
  }
}

function finishVectors(y: usize, end: usize, b: v128): void {
  if (hasResidual) addVectors(y, end, b)
  else scaleVectors(y, end, b)
}

// Each loop alone in its function: see docs/performance.md.

function scaleVectors(y: usize, end: usize, b: v128): void {
  const a = scale, least = floor
  for (; y < end; y += 16) put(Finish.scale, y, 0, v128.load(y), a, b, least)
}

function addVectors(y: usize, end: usize, b: v128): void {
  const a = scale, least = floor, r = toResidual
  for (; y < end; y += 16) put(Finish.add, y, r, v128.load(y), a, b, least)
}
