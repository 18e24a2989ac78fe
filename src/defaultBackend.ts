import { type Backend, setDefaultBackendFactory } from './tensor/backend.js'
import { ReferenceBackend } from './tensor/reference/referenceBackend.js'
import { WasmBackend } from './tensor/wasm/wasmBackend.js'

/** `wasm`: SIMD kernels on all cores; `js`: plain TypeScript, slow and readable. */
export type BackendName = 'wasm' | 'js'

/** A backend by its name; `threads` (default: all cores) counts only for the WebAssembly one. */
export function createBackend(name: BackendName, { threads }: { threads?: number | undefined } = {}): Backend {
  if (name === 'js') return new ReferenceBackend()
  return new WasmBackend(threads === undefined ? {} : { threads })
}

setDefaultBackendFactory(() => createBackend('wasm'))
