import { int, ptr } from './call'
import { flatShare } from './flat'

/**
 * Index of the first float of each thread's share that is infinite or not a number, −1 if there is none.
 * Arguments: found (one whole number a thread), x, n.
 */
export function findNonFinite(thread: i32, threads: i32): void {
  const end = flatShare(int(2), thread + 1, threads)
  let i = flatShare(int(2), thread, threads)
  // x − x is 0 for every finite x
  for (; i + 4 <= end; i += 4) {
    const v = v128.load(ptr(1) + (<usize>i << 2))
    if (v128.any_true(f32x4.sub(v, v))) break
  }
  let found = -1
  for (; i < end; i++) {
    const value = load<f32>(ptr(1) + (<usize>i << 2))
    if (value - value != 0) {
      found = i
      break
    }
  }
  store<i32>(ptr(0) + (<usize>thread << 2), found)
}
