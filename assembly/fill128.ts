import { share } from './call'

/** y[0 … n) = value. `n` is a multiple of 4. */
export function fill(thread: i32, threads: i32, y: usize, n: i32, value: f32): void {
  const all = f32x4.splat(value)
  const end = y + ((<usize>share(n >> 2, thread + 1, threads)) << 4)
  for (y += (<usize>share(n >> 2, thread, threads)) << 4; y < end; y += 16) v128.store(y, all)
}
