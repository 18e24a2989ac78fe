/** The ends of reductions: few numbers, added in double precision and in order. */
import { share } from './call'

/** y[i] = Σ of the `parts` doubles partial[i · parts …], for `rows` of them. */
export function addParts(thread: i32, threads: i32, y: usize, partial: usize, rows: i32, parts: i32): void {
  const end = share(rows, thread + 1, threads)
  for (let i = share(rows, thread, threads); i < end; i++) {
    let sum: f64 = 0
    for (let part = 0; part < parts; part++) sum += load<f64>(partial + (<usize>(i * parts + part) << 3))
    store<f32>(y + (<usize>i << 2), <f32>sum)
  }
}

/** y = the mean of the n floats at x. */
export function mean(thread: i32, threads: i32, y: usize, x: usize, n: i32): void {
  if (thread != 0) return
  let sum: f64 = 0
  for (let i = 0; i < n; i++) sum += <f64>load<f32>(x + (<usize>i << 2))
  store<f32>(y, <f32>(sum / <f64>n))
}
