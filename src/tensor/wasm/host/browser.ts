import type { Host } from './host.js'

/** In forms that bundlers know: they take the files along and put their new addresses here. */
const files = {
  plain: new URL('../../../../wasm/plain.wasm', import.meta.url),
  relaxed: new URL('../../../../wasm/relaxed.wasm', import.meta.url),
  wide: new URL('../../../../wasm/wide.wasm', import.meta.url),
}

/** Files beside the script, and Web Workers. Kernels wait for one another, which a page may not: this is for a worker of the page. */
export const host: Host = {
  /** Only a page that is isolated from other origins may share memory with threads. */
  threads: globalThis.crossOriginIsolated ? navigator.hardwareConcurrency : 1,

  forcedVariant: undefined,

  enableRelaxedSimd: () => {},
  enableWideVectors: () => false,
  wideVectorsAgree: () => false,

  kernels: async (variant) => {
    const response = await fetch(files[variant])
    if (!response.ok) throw new Error(`${files[variant]}: ${response.status} ${response.statusText}`)
    return response.arrayBuffer()
  },

  startThread: (data) => {
    const worker = new Worker(new URL('./browserThread.js', import.meta.url), { type: 'module' })
    worker.postMessage(data)
    return worker
  },
}
