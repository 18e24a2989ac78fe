import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { Worker } from 'node:worker_threads'
import { packageRoot } from '../../../packageRoot.js'
import { GhostgradError } from '../../errors.js'
import { availableCores } from './cores.js'
import type { Host } from './host.js'

/** Files, and worker threads of the process. */
export const host: Host = {
  threads: availableCores(),

  /** Node 20 has it behind an engine flag, which may be set while running. */
  enableRelaxedSimd: () => setFlagsFromString('--experimental-wasm-relaxed-simd'),

  kernels: (variant) => {
    const file = fileURLToPath(new URL(`dist/wasm/${variant}.wasm`, packageRoot))
    if (!existsSync(file)) throw new GhostgradError(`${file} is missing: run "npm run build"`)
    return readFileSync(file)
  },

  startThread: (workerData) => {
    const worker = new Worker(new URL('./nodeThread.js', import.meta.url), { workerData, execArgv: [] })
    worker.unref()
    return worker
  },
}
