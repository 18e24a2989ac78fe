/** What the tests of the kernels share: runtimes of each kind, arrays in their memory, and random activations. */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import type { NdArray } from '../../src/tensor/ndarray.js'
import type { Shape } from '../../src/tensor/shape.js'
import { variants } from '../../src/tensor/wasm/host/host.js'
import type { Batch, Lanes } from '../../src/tensor/wasm/lanes.js'
import type { WasmRuntime } from '../../src/tensor/wasm/runtime.js'
import { WasmArray } from '../../src/tensor/wasm/wasmArray.js'
import { WasmBackend } from '../../src/tensor/wasm/wasmBackend.js'

/** Stands behind every array; a kernel that writes past the end changes it. */
const sentinel = 12345

/** Arrays in the memory of a runtime, freed together. */
export class Arrays {
  readonly #blocks: { address: number; n: number }[] = []

  readonly rt: WasmRuntime

  constructor(readonly backend: WasmBackend) {
    this.rt = backend.runtime
  }

  /** An activation (N, C, P) with these values as they lie in memory: rows of Np lanes. */
  lanes(values: ArrayLike<number>, { C, P, N }: Lanes): WasmArray {
    const x = WasmArray.allocate(this.backend, [N, C, P], 'lanes')
    expect(x.floats).toBe(values.length)
    this.rt.f32.set(values, x.address / 4)
    return x
  }

  /** The values of an array as they lie in memory. */
  memory(x: NdArray): number[] {
    const { address, floats } = x as WasmArray
    return this.get(address, floats)
  }

  /** An array of this shape, row-major. */
  rows(values: ArrayLike<number>, shape: Shape): WasmArray {
    return this.backend.fromValues(values, shape)
  }

  /** Address of an array with these values. */
  put(values: ArrayLike<number>): number {
    const address = this.room(values.length)
    this.rt.f32.set(values, address / 4)
    return address
  }

  /** Address of an array of whole numbers. */
  putInts(values: ArrayLike<number>): number {
    const address = this.room(values.length)
    this.rt.i32.set(values, address / 4)
    return address
  }

  /** Address of an array of n floats, not numbers yet. */
  room(n: number): number {
    const address = this.rt.heap.allocate(4 * (n + 4))
    this.rt.f32.fill(Number.NaN, address / 4, address / 4 + n)
    this.rt.f32.fill(sentinel, address / 4 + n, address / 4 + n + 4)
    this.#blocks.push({ address, n })
    return address
  }

  get(address: number, n: number): number[] {
    return Array.from(this.rt.f32.subarray(address / 4, address / 4 + n))
  }

  getInts(address: number, n: number): number[] {
    return Array.from(this.rt.i32.subarray(address / 4, address / 4 + n))
  }

  /** Free all, and check that nothing was written behind any. */
  close(): void {
    for (const { address, n } of this.#blocks.splice(0)) {
      expect(this.get(address + 4 * n, 4)).toEqual(Array(4).fill(sentinel))
      this.rt.heap.free(address, 4 * (n + 4))
    }
  }
}

/** Run the same tests on every build and with one, two and three threads. `lanes`: floats of a vector, which rows are multiples of. */
export function onEachRuntime(title: string, define: (run: RunArrays, lanes: number) => void): void {
  for (const variant of variants) {
    const vectorLanes = variant === 'wide' ? 8 : 4
    for (const threads of [1, 2, 3]) {
      describe(`${title} (${variant}, ${threads} threads)`, () => {
        let backend: WasmBackend
        beforeAll(() => {
          backend = new WasmBackend({ variant, threads })
        })
        afterAll(() => backend.close())
        define((use, ...kernels) => {
          const rt = backend.runtime
          const before = kernels.map((name) => rt.runs.get(name) ?? 0)
          const arrays = new Arrays(backend)
          use(arrays, rt)
          arrays.close()
          const after = kernels.map((name) => rt.runs.get(name) ?? 0)
          kernels.forEach((name, i) => {
            expect(after[i], name).toBeGreaterThan(before[i]!)
          })
        }, vectorLanes)
      })
    }
  }
}

/** Runs `use` with arrays that are freed afterwards; proves that the named kernels ran. */
export type RunArrays = (use: (arrays: Arrays, rt: WasmRuntime) => void, ...kernels: string[]) => void

/** Random numbers of standard deviation 1 or so: reproducible from the seed. */
export function randomValues(n: number, seed: number, scale = 1, shift = 0): Float32Array {
  let state = (seed ^ 0x9e3779b9) >>> 0
  return Float32Array.from({ length: n }, () => {
    let total = 0
    for (let i = 0; i < 3; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      total += state / 2 ** 31 - 1
    }
    return total * scale + shift
  })
}

/** Random rows of Np lanes, zero in the padded ones. */
export function randomLanes(rows: number, { N, Np }: Batch, seed: number, scale = 1, shift = 0): Float32Array {
  return randomValues(rows * Np, seed, scale, shift).map((value, i) => (i % Np < N ? value : 0))
}

/** Floats of a row that holds N images. */
export const paddedTo = (lanes: number, N: number): number => Math.ceil(N / lanes) * lanes

/** Activations of odd sizes, with padded lanes or without. */
export const shapes = (lanes: number): fc.Arbitrary<Lanes> =>
  fc
    .record({
      C: fc.integer({ min: 1, max: 9 }),
      P: fc.integer({ min: 1, max: 30 }),
      N: fc.integer({ min: 1, max: 2 * lanes + 1 }),
    })
    .map(({ C, P, N }) => ({ C, P, N, Np: paddedTo(lanes, N) }))

export const seeds = fc.integer({ min: 1, max: 2 ** 31 - 1 })

/** Each number within `tolerance` times the largest magnitude expected, or times `least`. */
export function expectClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance = 1e-6,
  least = 1e-3,
): void {
  expect(actual.length).toBe(expected.length)
  let most = least
  for (let i = 0; i < expected.length; i++)
    if (Number.isFinite(expected[i]!)) most = Math.max(most, Math.abs(expected[i]!))
  for (let i = 0; i < expected.length; i++) {
    const [a, b] = [actual[i]!, expected[i]!]
    if (Object.is(a, b) || Math.abs(a - b) <= tolerance * most) continue
    if (a === 0 && b === 0) continue
    expect.fail(`at ${i}: ${a} instead of ${b}`)
  }
}

/** fast-check with few cases: every case runs on nine runtimes. */
export const check = <T>(arbitrary: fc.Arbitrary<T>, property: (value: T) => void): void =>
  fc.assert(fc.property(arbitrary, property), { numRuns: 25 })
