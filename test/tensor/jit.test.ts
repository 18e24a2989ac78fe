import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { backward } from '../../src/autograd/backward.js'
import { opChecks } from '../../src/autograd/checks.js'
import * as F from '../../src/autograd/functional.js'
import type { Check } from '../../src/autograd/runChecks.js'
import { layerChecks } from '../../src/nn/checks.js'
import { setBackend } from '../../src/tensor/backend.js'
import { tensor } from '../../src/tensor/create.js'
import { jit } from '../../src/tensor/jit.js'
import { Generator } from '../../src/tensor/random.js'
import { hostStep } from '../../src/tensor/recording.js'
import { sizeOf } from '../../src/tensor/shape.js'
import { scope, Tensor } from '../../src/tensor/tensor.js'
import { WasmBackend } from '../../src/tensor/wasm/wasmBackend.js'
import { needsNumbers } from '../support/needsNumbers.js'

const backend = new WasmBackend({ threads: 2 })
afterAll(() => backend.close())
beforeEach(() => setBackend(backend))

const bitsOf = (x: Tensor): number[] => Array.from(new Int32Array(x.data.buffer))

/** A check's function with its gradients; `inputs` are tensors that stay. */
function made(check: Check, seed: number) {
  const { fn, inputs } = check.make(new Generator(seed))
  let runs = 0
  const run = () => {
    runs++
    for (const x of inputs) x.zeroGrad()
    const y = fn(...inputs)
    const dy = tensor(
      Float32Array.from({ length: sizeOf(y.shape) }, (_, i) => Math.cos(i)),
      y.shape,
    )
    backward(y, dy)
    const gradients = inputs.map(({ gradArray }) => gradArray && new Tensor(gradArray))
    return { y, gradients }
  }
  return { inputs, run, runs: () => runs }
}

const bitsIn = ({ y, gradients }: { y: Tensor; gradients: (Tensor | null)[] }) => [
  bitsOf(y),
  ...gradients.map((g) => g && bitsOf(g)),
]

/** Compare a plain run with one under `jit` on the same numbers, four times: plain, recorded, and two replays. */
function compare(check: Check): { runs: number; fallbacks: number } {
  const plain = made(check, 0)
  const replayed = made(check, 0)
  const call = jit(replayed.run)
  const fallbacks = () => [...backend.fallbacks.values()].reduce((a, b) => a + b, 0)
  const before = fallbacks()
  for (let seed = 0; seed < 4; seed++) {
    const values = check.make(new Generator(seed)).inputs.map((x) => x.data)
    for (const { inputs } of [plain, replayed]) inputs.forEach((x, i) => void x.set(values[i]!))
    check.change?.(new Generator(seed))
    const expected = scope(() => bitsIn(plain.run()))
    expect(scope(() => bitsIn(call({})))).toEqual(expected)
  }
  call.release()
  return { runs: replayed.runs(), fallbacks: fallbacks() - before }
}

describe('every operation and layer gives the bits of a plain run when it is recorded and replayed', () => {
  it.each([...opChecks, ...layerChecks].map((check) => [check.name, check] as const))('%s', (_, check) => {
    const { runs, fallbacks } = compare(check)
    // What has no kernel is read by the host, and run each time.
    expect(runs).toBe(fallbacks === 0 && !needsNumbers(check) ? 2 : 4)
  })
})

/** x · what is drawn anew each time. */
const drawing = (how: (draw: () => void) => void): Check => {
  const generator = new Generator(0)
  let seed = 0
  return {
    subject: 'drawing',
    name: 'drawing',
    make: () => ({
      inputs: [tensor([1, 2], { requiresGrad: true })],
      names: ['x'],
      fn: (x) => {
        const factors = new Float32Array(2)
        how(() => void factors.set([generator.seed(seed).uniform(), generator.uniform()]))
        return F.mul(x!, tensor(factors))
      },
    }),
    change: (from) => {
      seed = from.integer(1000)
    },
  }
}

describe('jit', () => {
  it('repeats a hostStep, and the comparison finds out who forgets one', () => {
    expect(compare(drawing(hostStep)).runs).toBe(2)
    expect(() => compare(drawing((draw) => draw()))).toThrow(/to deeply equal/)
  })

  /** Doubles x, and counts how often it ran. */
  const doubling = (key?: () => string | null) => {
    let runs = 0
    const call = jit(({ x, factor }: { x: Float32Array; factor: number }) => {
      runs++
      return F.mul(tensor(x), factor)
    }, key)
    const of = (values: number[], factor = 2) =>
      scope(() => Array.from(call({ x: Float32Array.from(values), factor }).data))
    return { of, runs: () => runs, call }
  }

  it('runs a function twice for inputs of one kind, on new numbers each time', () => {
    const { of, runs } = doubling()
    for (const x of [1, 2, 3, 4, 5]) expect(of([x, -x])).toEqual([2 * x, -2 * x])
    expect(runs()).toBe(2)
  })

  it('tells kinds apart by lengths and by what is not an array, and keeps the recording over a single other call', () => {
    const { of, runs } = doubling()
    for (const x of [1, 2, 3]) of([x])
    expect(of([1, 2])).toEqual([2, 4])
    expect(of([7], 3)).toEqual([21])
    expect(runs()).toBe(4)
    expect(of([8])).toEqual([16])
    expect(runs()).toBe(4)
    for (const x of [1, 2, 3]) expect(of([x], 3)).toEqual([3 * x])
    expect(runs()).toBe(6)
    expect(of([9])).toEqual([18])
    expect(runs()).toBe(7)
  })

  it('runs while the key is null, and anew when it is another', () => {
    let key: string | null = null
    const { of, runs } = doubling(() => key)
    for (let i = 0; i < 3; i++) of([1])
    expect(runs()).toBe(3)
    key = 'training'
    for (let i = 0; i < 3; i++) of([1])
    expect(runs()).toBe(5)
    key = 'evaluation'
    of([1])
    expect(runs()).toBe(6)
  })

  it('runs a function each time that reads numbers, and keeps nothing of it', () => {
    let runs = 0
    const call = jit(({ x }: { x: Float32Array }) => {
      runs++
      const y = F.mul(tensor(x), 2)
      return y.item() > 0 ? y : F.neg(y)
    })
    const inUse = () => backend.runtime.bytesInUse
    const before = inUse()
    for (const x of [1, -1, 2, -2]) expect(scope(() => call({ x: Float32Array.of(x) }).item())).toBe(Math.abs(2 * x))
    expect(runs).toBe(4)
    expect(inUse()).toBe(before)
  })

  it('gives its memory back when it is told to', () => {
    const { of, call } = doubling()
    const before = backend.runtime.bytesInUse
    for (const x of [1, 2, 3]) of([x])
    expect(backend.runtime.bytesInUse).toBeGreaterThan(before)
    call.release()
    expect(backend.runtime.bytesInUse).toBe(before)
    expect(of([4])).toEqual([8])
  })

  it('goes on after a call that fails', () => {
    const call = jit(({ logits, labels }: { logits: Float32Array; labels: Int32Array }) =>
      F.crossEntropy(tensor(logits, [1, 2]), labels),
    )
    const loss = (label: number) =>
      scope(() => call({ logits: Float32Array.of(1, 2), labels: Int32Array.of(label) }).item())
    for (const round of [1, 2, 3, 4]) {
      expect(() => loss(2), `round ${round}`).toThrow('expected whole labels from 0 to 1, got 2')
      expect(loss(0)).toBeCloseTo(Math.log(1 + Math.E), 5)
    }
  })
})
