import { flatShare } from './flat'

/** found (one whole number a thread) = index of the first float of each thread's share that is infinite or not a number, else −1. */
export function findNonFinite(thread: i32, threads: i32, found: usize, x: usize, n: i32): void {
  const end = flatShare(n, thread + 1, threads)
  let i = flatShare(n, thread, threads)
  // x − x is 0 for every finite x
  for (; i + 4 <= end; i += 4) {
    const v = v128.load(x + (<usize>i << 2))
    if (v128.any_true(f32x4.sub(v, v))) break
  }
  let first = -1
  for (; i < end; i++) {
    const value = load<f32>(x + (<usize>i << 2))
    if (value - value != 0) {
      first = i
      break
    }
  }
  store<i32>(found + (<usize>thread << 2), first)
}
