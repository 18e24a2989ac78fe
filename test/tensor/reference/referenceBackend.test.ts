/** The primitives that no operation on tensors reaches, and the rules all primitives share. */
import { expect, test } from 'vitest'
import { GhostgradError } from '../../../src/tensor/errors.js'
import type { NdArray } from '../../../src/tensor/ndarray.js'
import { ReferenceBackend } from '../../../src/tensor/reference/referenceBackend.js'
import { WasmBackend } from '../../../src/tensor/wasm/wasmBackend.js'

const backend = new ReferenceBackend('float64')
const row = (...values: number[]) => backend.fromValues(values, [values.length])
const numbers = (x: NdArray) => Array.from(backend.read(x))

test('both precisions', () => {
  const single = new ReferenceBackend()
  expect(single.read(single.fromValues([0.1], [1]))).toEqual(new Float32Array([0.1]))
  expect(backend.read(row(0.1))).toEqual(new Float64Array([0.1]))
  expect([single.description, backend.description]).toEqual(['js float32', 'js float64'])
})

test('read and copy copy', () => {
  const x = row(1, 2)
  backend.read(x)[0] = 9
  backend.write(backend.copy(x), [8, 8])
  expect(numbers(x)).toEqual([1, 2])
})

test('in-place arithmetic', () => {
  const x = row(1, 2)
  backend.accumulate(x, row(10, 20))
  expect(numbers(x)).toEqual([11, 22])
  backend.scale(x, 2)
  expect(numbers(x)).toEqual([22, 44])
  backend.lerp(x, row(2, 4), 0.25)
  expect(numbers(x)).toEqual([17, 34])
})

test('sumOfSquares and firstNonFinite', () => {
  expect(backend.sumOfSquares(row(1, 2, 3))).toBe(14)
  expect(backend.firstNonFinite(row(1, 2))).toBe(-1)
  expect(backend.firstNonFinite(row(1, Number.NaN, Infinity))).toBe(1)
  expect(backend.firstNonFinite(row(1, 2, -Infinity))).toBe(2)
})

test('embed puts an array where slice reads it', () => {
  const x = backend.fromValues([1, 2, 3, 4], [2, 2])
  const wide = backend.embed(x, [3, 5], [0, 1], [2, 3], 7)
  expect(numbers(wide)).toEqual([7, 1, 7, 7, 2, 7, 7, 7, 7, 7, 7, 3, 7, 7, 4])
  expect(numbers(backend.slice(wide, [0, 1], [2, 2], [2, 3]))).toEqual([1, 2, 3, 4])
})

test('arrays of another backend are refused, both ways', async () => {
  const wasm = new WasmBackend({ threads: 1 })
  const other = wasm.fromValues([1], [1])
  expect(() => backend.binary('add', row(1), other)).toThrow(
    new GhostgradError('a tensor of backend "wasm" met one of backend "js"; make both on one backend'),
  )
  expect(() => wasm.binary('add', other, row(1))).toThrow(
    new GhostgradError('a tensor of backend "js" met one of backend "wasm"; make both on one backend'),
  )
  await wasm.close()
})
