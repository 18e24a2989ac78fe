/**
 * How the host calls a kernel. Every kernel is exported as `kernel(thread, threads)` and runs once on each thread of the
 * pool; its arguments lie in a fixed block of the shared memory, written by `WasmRuntime.run`. The addresses below are
 * repeated in `src/tensor/wasm/layout.ts`.
 */

/** Byte address of the argument block: 64 whole numbers (pointers and sizes), then 64 floats. */
const ARGUMENTS: usize = 2048
const FLOATS: usize = ARGUMENTS + 256
/** Byte addresses of the words that hold where the scratch memory of thread 0 starts and how much each thread has. */
const SCRATCH_BASE: usize = 1024 + 64
const SCRATCH_STRIDE: usize = 1024 + 68

/** Argument `i` as a pointer. */
@inline
export function ptr(i: usize): usize {
  return load<usize>(ARGUMENTS + (i << 2))
}

/** Argument `i` as a whole number. */
@inline
export function int(i: usize): i32 {
  return load<i32>(ARGUMENTS + (i << 2))
}

/** Float argument `i`; floats are numbered on their own, from 0. */
@inline
export function float(i: usize): f32 {
  return load<f32>(FLOATS + (i << 2))
}

/** Private memory of this thread, as large as the host reserved with `runtime.reserveScratch`. */
@inline
export function scratch(thread: i32): usize {
  return load<usize>(SCRATCH_BASE) + <usize>thread * load<usize>(SCRATCH_STRIDE)
}

/** First item of this thread's share of `total` items; the share ends where that of `thread + 1` starts. */
@inline
export function share(total: i32, thread: i32, threads: i32): i32 {
  return <i32>((<i64>total * thread) / threads)
}
