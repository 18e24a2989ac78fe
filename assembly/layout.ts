/** Between the row-major order of the surface, (N, R), and the batch-innermost order of the kernels, (R, Np). */
import { int, ptr, share } from './call'
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

/** Rows that a thread moves at once: a cache line of each image. */
const block = 16

/** y (R, Np) = transpose of x (N, R), zero in the padded lanes. Arguments: y, x, R, N, Np. */
export function toLanes(thread: i32, threads: i32): void {
  const R = int(2)
  const N = int(3)
  const Np = int(4)
  const blocks = (R + block - 1) / block
  const end = share(blocks, thread + 1, threads)
  for (let i = share(blocks, thread, threads); i < end; i++) {
    const from = i * block
    const to = min(R, from + block)
    for (let n = 0; n < Np; n += 4) {
      if (n + 4 <= N && to - from == block) fourImages(from, n, R, Np)
      else someImages(from, to, n, N, R, Np)
    }
  }
}

/** A block of rows of images n … n + 3. */
@inline
function fourImages(from: i32, n: i32, R: i32, Np: i32): void {
  const step = <usize>Np << 2
  const next = <usize>R << 2
  let y = ptr(0) + (<usize>(from * Np + n) << 2)
  let x = ptr(1) + (<usize>(n * R + from) << 2)
  for (let i = 0; i < block; i += 4, x += 16, y += 4 * step) {
    const a = v128.load(x)
    const b = v128.load(x + next)
    const c = v128.load(x + 2 * next)
    const d = v128.load(x + 3 * next)
    storeTransposed(y, step, a, b, c, d)
  }
}

/** The same float by float, at the ends of the arrays. */
function someImages(from: i32, to: i32, n: i32, N: i32, R: i32, Np: i32): void {
  for (let r = from; r < to; r++) {
    for (let j = n; j < n + 4; j++) {
      const value = j < N ? load<f32>(ptr(1) + (<usize>(j * R + r) << 2)) : 0
      store<f32>(ptr(0) + (<usize>(r * Np + j) << 2), value)
    }
  }
}

/** y (N, R) = transpose of x (R, Np) without the padded lanes. Arguments: y, x, R, N, Np. */
export function fromLanes(thread: i32, threads: i32): void {
  const R = int(2)
  const N = int(3)
  const Np = int(4)
  const blocks = (R + block - 1) / block
  const end = share(blocks, thread + 1, threads)
  for (let i = share(blocks, thread, threads); i < end; i++) {
    const from = i * block
    const to = min(R, from + block)
    for (let n = 0; n < N; n += 4) {
      const count = min(4, N - n)
      let r = from
      if (count == 4) for (; r + 4 <= to; r += 4) fourRows(r, n, R, Np)
      for (; r < to; r++) {
        for (let j = n; j < n + count; j++) {
          store<f32>(ptr(0) + (<usize>(j * R + r) << 2), load<f32>(ptr(1) + (<usize>(r * Np + j) << 2)))
        }
      }
    }
  }
}

/** Rows r … r + 3 of images n … n + 3. */
@inline
function fourRows(r: i32, n: i32, R: i32, Np: i32): void {
  const step = <usize>Np << 2
  const x = ptr(1) + (<usize>(r * Np + n) << 2)
  const y = ptr(0) + (<usize>(n * R + r) << 2)
  const a = v128.load(x)
  const b = v128.load(x + step)
  const c = v128.load(x + 2 * step)
  const d = v128.load(x + 3 * step)
  storeTransposed(y, <usize>R << 2, a, b, c, d)
}

/** y[0 … n) = x[0 … n). Arguments: y, x, n. */
export function copy(thread: i32, threads: i32): void {
  const from = flatShare(int(2), thread, threads)
  const count = flatShare(int(2), thread + 1, threads) - from
  memory.copy(ptr(0) + (<usize>from << 2), ptr(1) + (<usize>from << 2), <usize>count << 2)
}

/** Zero in the padded lanes N … Np of each row. Arguments: y, rows, N, Np. */
export function clearPadding(thread: i32, threads: i32): void {
  const from = share(int(1), thread, threads)
  const count = share(int(1), thread + 1, threads) - from
  clearRows(ptr(0) + (<usize>from * int(3) << 2), count, int(2), int(3))
}
