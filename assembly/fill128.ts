import { share } from './call'

/** y[0 … n) = value. */
export function fill(thread: i32, threads: i32, y: usize, n: i32, value: f32): void {
  const all = f32x4.splat(value)
  const whole = n >> 2
  const end = y + ((<usize>share(whole, thread + 1, threads)) << 4)
  for (y += (<usize>share(whole, thread, threads)) << 4; y < end; y += 16) v128.store(y, all)
  if (thread == threads - 1) for (let i = whole << 2; i < n; i++, y += 4) store<f32>(y, value)
}
