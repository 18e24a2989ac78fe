/**
 * Between the row-major order of the surface, (N, C, P), and the order of the kernels, (C, blocks, P, lanes), in which image n is
 * lane n mod lanes of block n / lanes. Rows are runs of lanes.
 */
import { share } from './call'
import { clearRows, flatShare } from './flat'

/** (a0 a1 a2 a3), (b0 …), … to (a0 b0 c0 d0), (a1 b1 …), …; the results are stored `step` bytes apart. */
@inline
function storeTransposed(y: usize, step: usize, a: v128, b: v128, c: v128, d: v128): void {
  const ab01 = v128.shuffle<i32>(a, b, 0, 4, 1, 5)
  const ab23 = v128.shuffle<i32>(a, b, 2, 6, 3, 7)
  const cd01 = v128.shuffle<i32>(c, d, 0, 4, 1, 5)
  const cd23 = v128.shuffle<i32>(c, d, 2, 6, 3, 7)
  v128.store(y, v128.shuffle<i64>(ab01, cd01, 0, 2))
  v128.store(y + step, v128.shuffle<i64>(ab01, cd01, 1, 3))
  v128.store(y + 2 * step, v128.shuffle<i64>(ab23, cd23, 0, 2))
  v128.store(y + 3 * step, v128.shuffle<i64>(ab23, cd23, 1, 3))
}

/** Places that a thread moves at once: a cache line of each image. */
const span = 16

/** y (C, blocks, P, lanes) = x (N, C, P), zero in the padded lanes. */
export function toLanes(
  thread: i32, threads: i32, y: usize, x: usize, C: i32, P: i32, N: i32, blocks: i32, lanes: i32,
): void {
  const spans = (P + span - 1) / span
  const end = share(C * spans, thread + 1, threads)
  for (let i = share(C * spans, thread, threads); i < end; i++) {
    const c = i / spans, from = (i - c * spans) * span, count = min(span, P - from)
    for (let block = 0; block < blocks; block++) {
      let to = y + (<usize>(((c * blocks + block) * P + from) * lanes) << 2)
      let at = x + (<usize>(block * lanes * C * P + c * P + from) << 2)
      for (let n = block * lanes; n < (block + 1) * lanes; n += 4, to += 16, at += <usize>(C * P) << 4) {
        if (n + 4 <= N && count == span) fourImages(to, at, C * P, lanes)
        else someImages(to, at, min(4, N - n), count, C * P, lanes)
      }
    }
  }
}

/** A span of four images, `size` floats apart. */
@inline
function fourImages(y: usize, x: usize, size: i32, lanes: i32): void {
  const step = <usize>lanes << 2, next = <usize>size << 2
  for (let i = 0; i < span; i += 4, x += 16, y += 4 * step) {
    const a = v128.load(x), b = v128.load(x + next), c = v128.load(x + 2 * next)
    storeTransposed(y, step, a, b, c, v128.load(x + 3 * next))
  }
}

/** The same float by float, at the ends of the arrays. */
function someImages(y: usize, x: usize, images: i32, count: i32, size: i32, lanes: i32): void {
  for (let i = 0; i < count; i++, x += 4, y += <usize>lanes << 2) {
    for (let j = 0; j < 4; j++) {
      store<f32>(y + (<usize>j << 2), j < images ? load<f32>(x + (<usize>(j * size) << 2)) : 0)
    }
  }
}

/** y (N, C, P) = x (C, blocks, P, lanes) without the padded lanes. */
export function fromLanes(
  thread: i32, threads: i32, y: usize, x: usize, C: i32, P: i32, N: i32, blocks: i32, lanes: i32,
): void {
  const spans = (P + span - 1) / span, step = <usize>lanes << 2, next = <usize>(C * P) << 2
  const end = share(C * spans, thread + 1, threads)
  for (let i = share(C * spans, thread, threads); i < end; i++) {
    const c = i / spans, from = (i - c * spans) * span, count = min(span, P - from)
    for (let n = 0; n < N; n += 4) {
      const block = n / lanes, images = min(4, N - n)
      let at = x + (<usize>(((c * blocks + block) * P + from) * lanes + n - block * lanes) << 2)
      let to = y + (<usize>((n * C + c) * P + from) << 2)
      let p = 0
      if (images == 4) {
        for (; p + 4 <= count; p += 4, at += 4 * step, to += 16) {
          const a0 = v128.load(at), a1 = v128.load(at + step), a2 = v128.load(at + 2 * step)
          storeTransposed(to, next, a0, a1, a2, v128.load(at + 3 * step))
        }
      }
      for (; p < count; p++, at += step, to += 4) {
        for (let j: usize = 0; j < <usize>images; j++) store<f32>(to + j * next, load<f32>(at + (j << 2)))
      }
    }
  }
}

/** y[0 … n) = x[0 … n) */
export function copy(thread: i32, threads: i32, y: usize, x: usize, n: i32): void {
  const from = flatShare(n, thread, threads)
  const count = flatShare(n, thread + 1, threads) - from
  memory.copy(y + (<usize>from << 2), x + (<usize>from << 2), <usize>count << 2)
}

/** Zero in the padded lanes N … Np of each row. */
export function clearPadding(thread: i32, threads: i32, y: usize, rows: i32, N: i32, Np: i32): void {
  const from = share(rows, thread, threads)
  const count = share(rows, thread + 1, threads) - from
  clearRows(y + (<usize>from * Np << 2), count, N, Np)
}
