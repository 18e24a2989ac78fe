/**
 * Maximum pooling of x (C, H, W, Np) to y (C, outH, outW, Np). For the gradient each output keeps which place of its window held
 * the maximum, the first of equals, counted in rows of `span` places, so that the gradient reads neither x nor y.
 */
import { share } from './call'
import { VECTOR } from './simd'
import { outputEnd, outputFirst, windowEnd, windowFirst, windowSkip } from './poolWindow'

/** Where v is larger than the maximum so far, or not a number. */
@inline
function exceeds(v: v128, most: v128): v128 {
  return v128.or(f32x4.gt(v, most), f32x4.ne(v, v))
}

/**
 * y = the largest of each window, of whose rows every `down`th counts and of whose columns every `across`th; index, whole numbers as y,
 * where it is. Of equal places the first counts.
 */
export function maxPool(
  thread: i32, threads: i32, y: usize, index: usize, x: usize, C: i32, H: i32, W: i32, outH: i32, outW: i32, Np: i32,
  rowTable: usize, columnTable: usize, span: i32, down: i32, across: i32,
): void {
  const end = share(C * outH, thread + 1, threads)
  for (let row = share(C * outH, thread, threads); row < end; row++) {
    const i = row % outH
    const top = windowFirst(rowTable, i)
    const height = windowEnd(rowTable, i, outH) - top
    const skipRows = windowSkip(rowTable, i, outH)
    for (let j = 0; j < outW; j++) {
      const left = windowFirst(columnTable, j)
      const width = windowEnd(columnTable, j, outW) - left
      const from = x + (<usize>((((row / outH) * H + top) * W + left) * Np) << 2)
      const out = <usize>((row * outW + j) * Np) << 2
      if (height == 2 && width == 2 && down == 1 && across == 1) indexOfFour(y + out, index + out, from, W, Np, span)
      else {
        const skipColumns = windowSkip(columnTable, j, outW)
        indexOfWindow(y + out, index + out, from, height, width, W, Np, span, down, across, skipRows, skipColumns)
      }
    }
  }
}

/** The maximum of one window and its place, for all images, two vectors at a time while there are as many. */
@inline
function indexOfWindow(
  y: usize, index: usize, x: usize, height: i32, width: i32, W: i32, Np: i32, span: i32, down: i32, across: i32,
  skipRows: i32, skipColumns: i32,
): void {
  const step = <usize>Np << 2
  const rowStep = <usize>W * step
  const columnStep = <usize>across * step
  let n: usize = 0
  for (; n + 2 * VECTOR <= step; n += 2 * VECTOR) {
    let most0 = f32x4.splat(-Infinity)
    let most1 = most0
    let place0 = i32x4.splat(skipRows * span + skipColumns)
    let place1 = place0
    for (let h = skipRows; h < height; h += down) {
      let at = x + <usize>h * rowStep + <usize>skipColumns * step + n
      for (let w = skipColumns; w < width; w += across, at += columnStep) {
        const here = i32x4.splat(h * span + w)
        const v0 = v128.load(at)
        const v1 = v128.load(at, VECTOR)
        const more0 = exceeds(v0, most0)
        const more1 = exceeds(v1, most1)
        most0 = v128.bitselect(v0, most0, more0)
        most1 = v128.bitselect(v1, most1, more1)
        place0 = v128.bitselect(here, place0, more0)
        place1 = v128.bitselect(here, place1, more1)
      }
    }
    v128.store(y + n, most0)
    v128.store(y + n, most1, VECTOR)
    v128.store(index + n, place0)
    v128.store(index + n, place1, VECTOR)
  }
  if (n == step) return
  let most = f32x4.splat(-Infinity)
  let place = i32x4.splat(skipRows * span + skipColumns)
  for (let h = skipRows; h < height; h += down) {
    let at = x + <usize>h * rowStep + <usize>skipColumns * step + n
    for (let w = skipColumns; w < width; w += across, at += columnStep) {
      const v = v128.load(at)
      const more = exceeds(v, most)
      most = v128.bitselect(v, most, more)
      place = v128.bitselect(i32x4.splat(h * span + w), place, more)
    }
  }
  v128.store(y + n, most)
  v128.store(index + n, place)
}

/** The same for a window of 2 × 2 places. */
@inline
function indexOfFour(y: usize, index: usize, x: usize, W: i32, Np: i32, span: i32): void {
  const step = <usize>Np << 2
  const below = x + <usize>W * step
  const third = i32x4.splat(span)
  const fourth = i32x4.splat(span + 1)
  for (let n: usize = 0; n < step; n += VECTOR) {
    let most = v128.load(x + n)
    let v = v128.load(x + n + step)
    let more = exceeds(v, most)
    most = v128.bitselect(v, most, more)
    let place = v128.and(more, i32x4.splat(1))
    v = v128.load(below + n)
    more = exceeds(v, most)
    most = v128.bitselect(v, most, more)
    place = v128.bitselect(third, place, more)
    v = v128.load(below + n + step)
    more = exceeds(v, most)
    v128.store(y + n, v128.bitselect(v, most, more))
    v128.store(index + n, v128.bitselect(fourth, place, more))
  }
}

/** dx (C, H, W, Np): each place gathers dy of the windows whose maximum it holds. */
export function maxPoolBackward(
  thread: i32, threads: i32, dx: usize, dy: usize, index: usize, C: i32, H: i32, W: i32, outH: i32, outW: i32, Np: i32,
  rowTable: usize, columnTable: usize, span: i32,
): void {
  const end = share(C * H, thread + 1, threads)
  for (let row = share(C * H, thread, threads); row < end; row++) {
    const h = row % H
    const channel = row / H
    const top = outputFirst(rowTable, h, outH)
    const bottom = outputEnd(rowTable, h, outH, H)
    for (let w = 0; w < W; w++) {
      const left = outputFirst(columnTable, w, outW)
      const right = outputEnd(columnTable, w, outW, W)
      const to = dx + (<usize>((row * W + w) * Np) << 2)
      if (bottom <= top || right <= left) {
        memory.fill(to, 0, <usize>Np << 2)
        continue
      }
      for (let i = top; i < bottom; i++) {
        for (let j = left; j < right; j++) {
          const place = (h - windowFirst(rowTable, i)) * span + (w - windowFirst(columnTable, j))
          const out = <usize>(((channel * outH + i) * outW + j) * Np) << 2
          gather(to, dy + out, index + out, place, Np, i == top && j == left)
        }
      }
    }
  }
}

/** dx (+)= dy where the index is `place` */
@inline
function gather(dx: usize, dy: usize, index: usize, place: i32, Np: i32, first: bool): void {
  const wanted = i32x4.splat(place)
  const bytes = <usize>Np << 2
  if (first) {
    for (let n: usize = 0; n < bytes; n += VECTOR) {
      const here = i32x4.eq(v128.load(index + n), wanted)
      v128.store(dx + n, v128.and(v128.load(dy + n), here))
    }
  } else {
    for (let n: usize = 0; n < bytes; n += VECTOR) {
      const here = i32x4.eq(v128.load(index + n), wanted)
      v128.store(dx + n, f32x4.add(v128.load(dx + n), v128.and(v128.load(dy + n), here)))
    }
  }
}
