import { type Backend, setDefaultBackendFactory } from './tensor/backend.js'
import { ReferenceBackend } from './tensor/reference/referenceBackend.js'
import { WasmBackend } from './tensor/wasm/wasmBackend.js'

export type BackendName = 'wasm' | 'js'

/** A backend by its name; `threads` counts only for the WebAssembly one. */
export function createBackend(name: BackendName, options: { threads?: number } = {}): Backend {
  return name === 'js' ? new ReferenceBackend() : new WasmBackend(options)
}

setDefaultBackendFactory(() => createBackend('wasm'))
