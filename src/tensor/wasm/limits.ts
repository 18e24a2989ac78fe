import type { WasmRuntime } from './runtime.js'

/** What all threads of a machine reach together, in the vectors of the kernels. */
export interface Limits {
  /** Multiply-adds, two operations each, 10⁹ a second. */
  gflops: number
  /** Bytes read and written in memory far larger than the caches of a core, 10⁹ a second. */
  gbytes: number
}

const rounds = 200_000
/** Three arrays of 32 MB. */
const floats = 8 << 20

/** Measure both limits: the best of several runs, a fifth of a second in all. */
export function measureLimits(rt: WasmRuntime): Limits {
  const sums = rt.heap.allocate(64 * rt.threads)
  rt.f32.fill(0.001, sums / 4, sums / 4 + 16 * rt.threads)
  const fmaMs = fastest(() => rt.run('limitFma', { y: sums, rounds }))
  rt.heap.free(sums, 64 * rt.threads)
  const arrays = rt.heap.allocate(12 * floats)
  rt.f32.fill(1, arrays / 4, arrays / 4 + 3 * floats)
  const triadMs = fastest(() =>
    rt.run('limitTriad', { y: arrays, a: arrays + 4 * floats, b: arrays + 8 * floats, n: floats }),
  )
  rt.heap.free(arrays, 12 * floats)
  return { gflops: (24 * rt.lanes * rounds * rt.threads) / fmaMs / 1e6, gbytes: (12 * floats) / triadMs / 1e6 }
}

/** Least milliseconds of the runs within a tenth of a second: long enough for the engine to have compiled the kernel well. */
function fastest(run: () => void): number {
  let best = Number.POSITIVE_INFINITY
  const end = performance.now() + 100
  for (let start = 0; start < end; best = Math.min(best, performance.now() - start)) {
    start = performance.now()
    run()
  }
  return best
}
