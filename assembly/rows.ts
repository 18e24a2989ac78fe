/** Runs of numbers taken out of an array, and added back. `rows` holds a whole number for each of n runs of `length` floats. */
import { share } from './call'
import { LANES, VECTOR } from './simd'

/** Run i of y = run rows[i] of x. */
export function takeRows(thread: i32, threads: i32, y: usize, x: usize, rows: usize, n: i32, length: i32): void {
  const bytes = <usize>length << 2
  const end = share(n, thread + 1, threads)
  for (let i = share(n, thread, threads); i < end; i++) {
    memory.copy(y + <usize>i * bytes, x + <usize>rowAt(rows, i) * bytes, bytes)
  }
}

/** Run rows[i] of y += run i of x. Each thread adds to runs of its own, of the `total` runs of y, in the order of i. */
export function addRows(
  thread: i32, threads: i32, y: usize, x: usize, rows: usize, n: i32, length: i32, total: i32,
): void {
  const from = share(total, thread, threads)
  const to = share(total, thread + 1, threads)
  for (let i = 0; i < n; i++) {
    const row = rowAt(rows, i)
    if (row < from || row >= to) continue
    let into = y + (<usize>(row * length) << 2)
    let at = x + (<usize>(i * length) << 2)
    let left = length
    for (; left >= LANES; left -= LANES, into += VECTOR, at += VECTOR) {
      v128.store(into, f32x4.add(v128.load(into), v128.load(at)))
    }
    for (; left > 0; left--, into += 4, at += 4) store<f32>(into, load<f32>(into) + load<f32>(at))
  }
}

@inline
function rowAt(rows: usize, i: i32): i32 {
  return load<i32>(rows + (<usize>i << 2))
}
