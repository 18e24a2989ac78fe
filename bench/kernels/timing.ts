/**
 * Timing of single kernels. Compile with `npx tsc -p tsconfig.bench.json`, then for example
 * `node dist/bench/kernels/norm.js`. Kernels are measured in turns, so that a busy moment of the machine hits all of them.
 */
import { hasRelaxedSimd, type Variant, WasmRuntime } from '../../src/tensor/wasm/runtime.js'

/** Channels, places and images of an activation. */
export interface Size {
  C: number
  P: number
  N: number
}

/** The sizes of the large layers: ResNet at 32 × 32 and batch 128, VGG at 32 × 32 and batch 64, a deep layer. */
export const sizes: Size[] = [
  { C: 16, P: 1024, N: 128 },
  { C: 64, P: 1024, N: 64 },
  { C: 64, P: 64, N: 128 },
]

export interface Measured {
  name: string
  /** Bytes that one run reads and writes, counting every pass. */
  bytes: number
  run: () => void
}

/** Median milliseconds of each, measured in turns. */
export function medians(kernels: readonly Measured[], rounds = 31): Map<string, number> {
  const times = new Map(kernels.map(({ name }) => [name, [] as number[]]))
  for (let round = -5; round < rounds; round++) {
    for (const { name, run } of kernels) {
      const start = performance.now()
      run()
      if (round >= 0) times.get(name)!.push(performance.now() - start)
    }
  }
  return new Map([...times].map(([name, values]) => [name, values.sort((a, b) => a - b)[rounds >> 1]!]))
}

/** Print milliseconds and GB/s of the kernels that `define` makes, for each build and number of threads. */
export async function table(define: (rt: WasmRuntime, size: Size) => Measured[]): Promise<void> {
  const variants: Variant[] = hasRelaxedSimd() ? ['plain', 'relaxed'] : ['plain']
  for (const size of sizes) {
    for (const variant of variants) {
      for (const threads of [1, 2]) {
        const rt = new WasmRuntime({ variant, threads })
        const kernels = define(rt, size)
        const result = medians(kernels)
        const cells = kernels.map(({ name, bytes }) => {
          const ms = result.get(name)!
          return `${name} ${ms.toFixed(3)} ms ${(bytes / ms / 1e6).toFixed(1)} GB/s`
        })
        console.log(`(${size.C}, ${size.P}, ${size.N}) ${variant} ${threads}: ${cells.join('; ')}`)
        await rt.close()
      }
    }
  }
}

/** Address of n floats from −1 to 1. */
export function noise(rt: WasmRuntime, n: number): number {
  const address = rt.heap.allocate(4 * n)
  let state = n >>> 0
  for (let i = 0; i < n; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    rt.f32[address / 4 + i] = state / 2 ** 31 - 1
  }
  return address
}
