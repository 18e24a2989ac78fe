/**
 * The fixed addresses in the shared WebAssembly memory, the same as in `assembly/call.ts`.
 *
 * 0 … 1023 is never used, so that a null pointer meets no data; then come the control words of the thread pool, the
 * arguments of the running kernel, the kernels' constants (from 8192), and from `heapStart` on the heap.
 */
export const controlAddress = 1024
/** The arguments of the running kernel for the other threads, as doubles. */
export const jobArgumentsAddress = 2048
export const maxArguments = 64
export const heapStart = 1 << 17

/** Indexes of the control words, counted in 32-bit words from `controlAddress`. */
export const control = {
  /** Number of the current job; workers wait for it to change. */
  job: 0,
  /** Number of workers that have finished the current job. */
  done: 1,
  /** Which kernel to run, as an index into the module's exports. */
  kernel: 2,
  /** 0, or 1 + the number of a thread whose kernel threw. */
  failed: 3,
  /** Number of workers that are ready for their first job. */
  ready: 4,
  /** Number of workers asleep in `Atomics.wait`, which have to be woken. */
  asleep: 5,
  /** Number of arguments of the kernel. */
  argumentCount: 6,
  /** Address of the scratch memory of thread 0, and bytes for each thread. */
  scratchBase: 16,
  scratchStride: 17,
  /** Items of the current job's work that threads have claimed; in a cache line of its own. */
  claimed: 32,
} as const
