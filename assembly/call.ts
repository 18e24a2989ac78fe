/**
 * How the host calls a kernel. Every kernel is exported as `kernel(thread, threads, …)` and runs once on each thread of the
 * pool; the names of its other parameters are those that `WasmRuntime.run` is called with, by way of
 * `scripts/makeSignatures.mjs`. The addresses below are repeated in `src/tensor/wasm/layout.ts`.
 */

/** Byte addresses of the words that hold where the scratch memory of thread 0 starts and how much each thread has. */
const SCRATCH_BASE: usize = 1024 + 64
const SCRATCH_STRIDE: usize = 1024 + 68
/** Byte address of the number of items that threads have claimed of the running kernel's work. */
const CLAIMED: usize = 1024 + 128

/** Where the lane buffers of the threads start, a cache line each. */
const LANE_BUFFERS: usize = 65536

/** Room for one vector, of this thread alone: what has to look at the lanes of a vector stores it there. */
export let laneBuffer: usize = LANE_BUFFERS

/** Called on each thread before it runs kernels. */
export function start(thread: i32): void {
  laneBuffer = LANE_BUFFERS + (<usize>thread << 6)
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

/**
 * How many items a thread claims at a time where the work is not dealt out beforehand: an eighth of its share, so that a thread
 * that is held up leaves the rest to the others, and neighbours, which share data, mostly stay together.
 */
@inline
export function claimSize(total: i32, threads: i32): i32 {
  return max(1, total / (threads << 3))
}

/**
 * Claim the next `count` items; returns the first. Only for items whose results do not depend on which thread computes them.
 */
@inline
export function claim(count: i32): i32 {
  return atomic.add<i32>(CLAIMED, count)
}
