/** Every operation on the samples that PyTorch's own tests call it with, and its gradients, on each backend. */
import { readdirSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as F from '../../src/autograd/functional.js'
import { type Backend, getBackend, setBackend } from '../../src/tensor/backend.js'
import { tensor } from '../../src/tensor/create.js'
import { ReferenceBackend } from '../../src/tensor/reference/referenceBackend.js'
import { scope, type Tensor } from '../../src/tensor/tensor.js'
import { WasmBackend } from '../../src/tensor/wasm/wasmBackend.js'
import '../../src/autograd/methods.js'
import '../support/allClose.js'
import { fixture } from '../support/fixtures.js'
import { LeftOut, opinfoCalls, type Whole } from '../support/opinfoCalls.js'

/** Numbers that are not finite are stored as texts. */
type Stored = number | string

interface StoredTensor {
  t: Stored[]
  shape: number[]
  grad?: boolean
}

interface Sample {
  args: unknown[]
  kwargs: Record<string, unknown>
  y: StoredTensor | StoredTensor[]
  /** Of each tensor that wants one, for Σ w · y, w from −1 to 1 over each result; null: none. */
  grads: (Stored[] | null)[]
}

const numberOf = (v: Stored): number => (typeof v === 'number' ? v : Number(v.replace('inf', 'Infinity')))

/** An argument: tensors, whole numbers, conditions (as tensors), lists and plain values. Tensors that want a gradient join `leaves`. */
function argument(value: unknown, leaves: Tensor[]): unknown {
  if (Array.isArray(value)) return value.map((item) => argument(item, leaves))
  if (value === 'inf' || value === '-inf' || value === 'nan') return numberOf(value)
  if (value === null || typeof value !== 'object') return value
  const { t, int, bool, shape, grad = false } = value as Partial<StoredTensor> & { int?: number[]; bool?: number[] }
  if (int) return { values: int, shape: shape! } satisfies Whole
  if (bool) return tensor(bool, shape!)
  if (!t) return value
  const x = tensor(Float32Array.from(t, numberOf), shape!, { requiresGrad: grad })
  if (grad) leaves.push(x)
  return x
}

/** −1 … 1 over the elements of a result. */
const weights = (y: Tensor): Tensor =>
  tensor(
    Array.from({ length: y.size }, (_, i) => (y.size > 1 ? -1 + (2 * i) / (y.size - 1) : -1)),
    y.shape,
  )

/** @throws LeftOut if the sample is of a kind that is left out, an error that says what is wrong with another */
function check({ args, kwargs, y: stored, grads }: Sample, op: string): void {
  const leaves: Tensor[] = []
  const inputs = args.map((value) => argument(value, leaves))
  const options = Object.fromEntries(Object.entries(kwargs).map(([name, value]) => [name, argument(value, leaves)]))
  const ys = [opinfoCalls[op]!(inputs, options)].flat()
  const expected = [stored].flat()
  expect(ys.map((y) => y.shape)).toEqual(expected.map(({ shape }) => shape))
  ys.forEach((y, i) => {
    const wanted = expected[i]!.t.map(numberOf)
    expect(y).toBeAllClose(wanted, { ...toleranceFor(wanted), what: 'result' })
  })
  if (grads.every((g) => g === null)) return
  const sums = ys.map((y) => F.sum(F.mul(y, weights(y))))
  F.sum(F.stack(sums)).backward()
  grads.forEach((g, i) => {
    // A tensor without numbers may have no gradient.
    if (g && g.length > 0)
      expect(leaves[i]!.grad).toBeAllClose(g.map(numberOf), { ...toleranceFor(g.map(numberOf)), what: `gradient ${i}` })
  })
}

/** Inputs are floats, results are stored to seven digits. */
function toleranceFor(wanted: readonly number[]): { relative: number; absolute: number } {
  const largest = Math.max(1, ...wanted.filter(Number.isFinite).map(Math.abs))
  return getBackend().dtype === 'float64'
    ? { relative: 1e-6, absolute: 1e-6 * largest }
    : { relative: 1e-5, absolute: 2e-5 * largest }
}

const operations = readdirSync(new URL('../fixtures/opinfo', import.meta.url)).map((file) => file.replace('.json', ''))

describe.each([
  ['reference', () => new ReferenceBackend('float64')],
  ['wasm', () => new WasmBackend({ threads: 1 })],
])('on %s', (_, make) => {
  let backend: Backend
  beforeAll(() => {
    backend = make()
    setBackend(backend)
  })
  afterAll(() => backend.close())

  test.each(operations)('%s', (op) => {
    const wrong = fixture<{ cases: Sample[] }>(`opinfo/${op}`).cases.flatMap((sample, i) => {
      try {
        scope(() => check(sample, op))
        return []
      } catch (error) {
        return error instanceof LeftOut ? [] : [`sample ${i}: ${(error as Error).message}`]
      }
    })
    expect(wrong).toEqual([])
  })
})
