import { setBackend } from '../../src/tensor/backend.js'
import { type RuntimeOptions, withKernels } from '../../src/tensor/wasm/runtime.js'
import { WasmBackend } from '../../src/tensor/wasm/wasmBackend.js'

/** The fast kernels on the worker's own thread: they are in the page before a snippet asks for them, since a constructor cannot wait. */
const fast = new WasmBackend(await withKernels({ threads: 1 }))

/**
 * `WasmBackend` as snippets have it: the constructor gives the backend that is there, whatever number of threads it is asked for; `load`
 * starts threads where the page is isolated from other origins, as sharing memory with them demands.
 */
export const PageWasmBackend = Object.assign(
  function PageWasmBackend() {
    return fast
  },
  {
    load: async ({ threads = 1 }: RuntimeOptions = {}): Promise<WasmBackend> =>
      threads > 1 && crossOriginIsolated ? WasmBackend.load({ threads }) : fast,
  },
)

/** What each program starts with. */
export const startAfresh = (): void => setBackend(fast)
