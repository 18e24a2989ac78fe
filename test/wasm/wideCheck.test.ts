/** The self-check of the wide kernels. */
import { readFileSync } from 'node:fs'
import { beforeAll, expect, test } from 'vitest'
import { agree } from '../../src/tensor/wasm/host/wideCheck.js'
import { hasRelaxedSimd } from '../../src/tensor/wasm/runtime.js'

const bytesOf = (name: string) => new Uint8Array(readFileSync(new URL(`../../dist/wasm/${name}.wasm`, import.meta.url)))
const moduleOf = (bytes: Uint8Array<ArrayBuffer>) => new WebAssembly.Module(bytes)

beforeAll(() => {
  hasRelaxedSimd() // Node 20 has to be told.
})

test('both widths leave the same bits', () => {
  expect(agree(moduleOf(bytesOf('check')), moduleOf(bytesOf('checkWide')))).toBe(true)
})

test('one number that differs is found', () => {
  const wide = bytesOf('checkWide')
  const factor = Buffer.from(Float32Array.of(0.7853982).buffer)
  const at = Buffer.from(wide.buffer).indexOf(factor)
  expect(at).toBeGreaterThan(0)
  wide[at]! ^= 1 // the last bit of the number
  expect(agree(moduleOf(bytesOf('check')), moduleOf(wide))).toBe(false)
})
