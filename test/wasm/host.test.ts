/** Backends in a place where kernels have to be fetched, as in a browser. */
import { expect, test, vi } from 'vitest'
import { defaultBackend } from '../../src/defaultBackend.js'
import type { Host } from '../../src/tensor/wasm/host/host.js'
import { WasmBackend } from '../../src/tensor/wasm/wasmBackend.js'

vi.mock('#host', async (importOriginal) => {
  const { host } = await importOriginal<{ host: Host }>()
  const kernels: Host['kernels'] = async (variant) => host.kernels(variant)
  return { host: { ...host, threads: 1, kernels } }
})

test('a backend is loaded there, and its threads have started', async () => {
  const backend = await WasmBackend.load({ threads: 3, variant: 'plain' })
  expect(backend.description).toBe('wasm plain simd, 3 threads')
  const x = backend.fromValues([1, 2, 3, 4], [2, 2])
  expect([...backend.read(backend.matmul(x, x, false, false))]).toEqual([7, 10, 15, 22])
  await backend.close()
})

test('it has the threads that the place allows', async () => {
  const backend = await WasmBackend.load()
  expect(backend.runtime.threads).toBe(1)
})

test('the constructor says what to do instead', () => {
  expect(() => new WasmBackend()).toThrow('kernels have to be fetched first: use "await WasmBackend.load()"')
})

test('plain code starts on the readable backend there, and says how to get the fast one', () => {
  const info = vi.spyOn(console, 'info').mockImplementation(() => {})
  expect(defaultBackend().name).toBe('js')
  expect(info.mock.calls[0]![0]).toContain(
    'call "setBackend(await WasmBackend.load())" before the first tensor is made',
  )
})
