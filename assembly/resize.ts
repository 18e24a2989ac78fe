/**
 * Planes (C, H, W, Np) resized to (C, outHeight, outWidth, Np): each new place is a mean of four old ones. `rows` and
 * `columns` are tables with three words for each new row or column: two old ones, as whole numbers, and the share of
 * the second. Threads share the planes.
 */
import { share } from './call'
import { fma, VECTOR } from './simd'

@inline
function first(table: usize, i: i32): usize {
  return <usize>load<i32>(table + <usize>(12 * i))
}

@inline
function second(table: usize, i: i32): usize {
  return <usize>load<i32>(table + <usize>(12 * i), 4)
}

@inline
function shareOfSecond(table: usize, i: i32): f32 {
  return load<f32>(table + <usize>(12 * i), 8)
}

/** p + t · (q − p) */
@inline
function between(p: v128, q: v128, t: v128): v128 {
  return fma(t, f32x4.sub(q, p), p)
}

export function resizePlanes(
  thread: i32, threads: i32, y: usize, x: usize, rows: usize, columns: usize, C: i32, H: i32, W: i32, outHeight: i32,
  outWidth: i32, Np: i32,
): void {
  const place = <usize>Np << 2
  const end = share(C * outHeight, thread + 1, threads)
  for (let i = share(C * outHeight, thread, threads); i < end; i++) {
    const row = i % outHeight
    const plane = x + <usize>(i / outHeight) * <usize>(H * W) * place
    const top = plane + first(rows, row) * <usize>W * place, bottom = plane + second(rows, row) * <usize>W * place
    const down = f32x4.splat(shareOfSecond(rows, row))
    const isBetweenRows = shareOfSecond(rows, row) != 0
    let to = y + <usize>i * <usize>outWidth * place
    for (let column = 0; column < outWidth; column++) {
      const left = first(columns, column) * place, right = second(columns, column) * place
      const along = f32x4.splat(shareOfSecond(columns, column))
      for (let lane: usize = 0; lane < place; lane += VECTOR, to += VECTOR) {
        let value = between(v128.load(top + left + lane), v128.load(top + right + lane), along)
        if (isBetweenRows) {
          value = between(value, between(v128.load(bottom + left + lane), v128.load(bottom + right + lane), along), down)
        }
        v128.store(to, value)
      }
    }
  }
}

@inline
function accumulate(at: usize, weight: f32, dy: v128): void {
  v128.store(at, fma(f32x4.splat(weight), dy, v128.load(at)))
}

/** The adjoint: each gradient of a new place is dealt out to the four old ones. */
export function resizePlanesBackward(
  thread: i32, threads: i32, dx: usize, dy: usize, rows: usize, columns: usize, C: i32, H: i32, W: i32, outHeight: i32,
  outWidth: i32, Np: i32,
): void {
  const place = <usize>Np << 2
  const plane = <usize>(H * W) * place
  const end = share(C, thread + 1, threads)
  for (let c = share(C, thread, threads); c < end; c++) {
    const start = dx + <usize>c * plane
    memory.fill(start, 0, plane)
    let from = dy + <usize>(c * outHeight * outWidth) * place
    for (let row = 0; row < outHeight; row++) {
      const top = start + first(rows, row) * <usize>W * place, bottom = start + second(rows, row) * <usize>W * place
      const down = shareOfSecond(rows, row)
      for (let column = 0; column < outWidth; column++) {
        const left = first(columns, column) * place, right = second(columns, column) * place
        const along = shareOfSecond(columns, column)
        for (let lane: usize = 0; lane < place; lane += VECTOR, from += VECTOR) {
          const g = v128.load(from)
          accumulate(top + left + lane, (1 - down) * (1 - along), g)
          if (along != 0) accumulate(top + right + lane, (1 - down) * along, g)
          if (down == 0) continue
          accumulate(bottom + left + lane, down * (1 - along), g)
          if (along != 0) accumulate(bottom + right + lane, down * along, g)
        }
      }
    }
  }
}
