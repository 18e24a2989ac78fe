import { afterAll, beforeAll, describe } from 'vitest'
import { type Backend, setBackend } from '../../src/tensor/backend.js'
import { ReferenceBackend } from '../../src/tensor/reference/referenceBackend.js'
import { variants } from '../../src/tensor/wasm/host/host.js'
import { WasmBackend } from '../../src/tensor/wasm/wasmBackend.js'

/** Every backend must give the same answers. */
export const backends: readonly { name: string; make: () => Backend }[] = [
  { name: 'reference float32', make: () => new ReferenceBackend('float32') },
  { name: 'reference float64', make: () => new ReferenceBackend('float64') },
  ...variants.map((variant) => ({ name: `wasm ${variant}`, make: () => new WasmBackend({ threads: 2, variant }) })),
]

/** Define the same tests for each backend; `getBackend()` is that backend while they run, and a reference one after them. */
export function onEachBackend(define: () => void): void {
  for (const { name, make } of backends) {
    describe(`on ${name}`, () => {
      let backend: Backend
      beforeAll(() => {
        backend = make()
        setBackend(backend)
      })
      afterAll(() => {
        setBackend(new ReferenceBackend())
        return backend.close()
      })
      define()
    })
  }
}
