import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { Worker } from 'node:worker_threads'
import { packageRoot } from '../../../packageRoot.js'
import { GhostgradError } from '../../errors.js'
import { availableCores } from './cores.js'
import type { Host } from './host.js'
import { agree } from './wideCheck.js'

/**
 * Whether engine and processor can make one operation on 256 bits of two on 128: V8 from version 13 (Node.js 24) on, on
 * x86-64 with AVX2 and FMA. Where the processor's abilities cannot be read (not on Linux), it is taken to have them.
 */
function mergesVectors(): boolean {
  if (process.arch !== 'x64' || !(Number.parseInt(process.versions.v8 ?? '0', 10) >= 13)) return false
  if (process.platform !== 'linux') return true
  const flags = /^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? ''
  return / avx2\b/.test(flags) && / fma\b/.test(flags)
}

function packaged(name: string) {
  const file = fileURLToPath(new URL(`dist/wasm/${name}.wasm`, packageRoot))
  if (!existsSync(file)) throw new GhostgradError(`${file} is missing: run "npm run build"`)
  return readFileSync(file)
}

/** Compiled at once by the optimizing compiler, which is the one that merges vectors. */
function compiledFully(name: string): WebAssembly.Module {
  setFlagsFromString('--no-liftoff')
  setFlagsFromString('--no-wasm-lazy-compilation')
  try {
    return new WebAssembly.Module(packaged(name))
  } finally {
    setFlagsFromString('--liftoff')
    setFlagsFromString('--wasm-lazy-compilation')
  }
}

let wideAgrees: boolean | undefined

/** Files, and worker threads of the process. */
export const host: Host = {
  threads: availableCores(),

  forcedVariant: process.env.GHOSTGRAD_KERNELS || undefined,

  /** Node 20 has it behind an engine flag, which may be set while running. */
  enableRelaxedSimd: () => setFlagsFromString('--experimental-wasm-relaxed-simd'),

  enableWideVectors: () => {
    if (!mergesVectors()) return false
    setFlagsFromString('--experimental-wasm-revectorize')
    return true
  },

  wideVectorsAgree: () => {
    wideAgrees ??= agree(compiledFully('check'), compiledFully('checkWide'))
    return wideAgrees
  },

  kernels: packaged,

  startThread: (workerData) => {
    const worker = new Worker(new URL('./nodeThread.js', import.meta.url), { workerData, execArgv: [] })
    worker.unref()
    return worker
  },
}
