import { float, int, ptr, share } from './call'

/** y[0 … n) = value. Arguments: y, n; value. */
export function fill(thread: i32, threads: i32): void {
  const n = int(1) >> 2
  const value = f32x4.splat(float(0))
  let y = ptr(0) + ((<usize>share(n, thread, threads)) << 4)
  const end = ptr(0) + ((<usize>share(n, thread + 1, threads)) << 4)
  for (; y < end; y += 16) v128.store(y, value)
  if (thread == threads - 1) for (let i = n << 2; i < int(1); i++, y += 4) store<f32>(y, float(0))
}
