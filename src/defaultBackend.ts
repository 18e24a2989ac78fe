import { type Backend, setDefaultBackendFactory } from './tensor/backend.js'
import { ReferenceBackend } from './tensor/reference/referenceBackend.js'
import { KernelsNotLoadedError } from './tensor/wasm/runtime.js'
import { WasmBackend } from './tensor/wasm/wasmBackend.js'

/** `wasm`: SIMD kernels on all cores; `js`: plain TypeScript, slow and readable. */
export type BackendName = 'wasm' | 'js'

/** A backend by its name; `threads` (default: all cores) counts only for the WebAssembly one. */
export function createBackend(name: BackendName, { threads }: { threads?: number | undefined } = {}): Backend {
  if (name === 'js') return new ReferenceBackend()
  return new WasmBackend(threads === undefined ? {} : { threads })
}

/** The fast backend; in a browser, where it has to be loaded first and was not, the readable one. */
export function defaultBackend(): Backend {
  try {
    return createBackend('wasm')
  } catch (error) {
    if (!(error instanceof KernelsNotLoadedError)) throw error
    console.info(
      'ghostgrad computes on its readable backend, which is slow. For the fast one, in a Web Worker, call ' +
        '"setBackend(await WasmBackend.load())" before the first tensor is made.',
    )
    return createBackend('js')
  }
}

setDefaultBackendFactory(defaultBackend)
