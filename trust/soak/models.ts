import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import * as F from '../../src/autograd/functional.js'
import { createModel } from '../../src/models/registry.js'
import { SGD } from '../../src/optim/sgd.js'
import { setBackend } from '../../src/tensor/backend.js'
import { tensor } from '../../src/tensor/create.js'
import { scope } from '../../src/tensor/tensor.js'
import { WasmBackend } from '../../src/tensor/wasm/wasmBackend.js'

/** Memory after the collector has run, 10⁶ bytes. */
export interface Kept {
  /** Held by tensors in the memory of the kernels. */
  kernelMegabytes: number
  /** By objects of JavaScript. */
  heapMegabytes: number
}

export interface ManyModels {
  models: number
  /** After the first tenth of the networks, and after the last. */
  first: Kept
  last: Kept
  /** The most that was resident, while the collector ran when it liked; WebAssembly's memory never shrinks from there. */
  peakMegabytes: number
}

/** Build, train by a step and drop one network after the other, in one process: best a fresh one. */
export async function manyModels(count: number): Promise<ManyModels> {
  const backend = new WasmBackend({ threads: 1 })
  setBackend(backend)
  const kept = async (): Promise<Kept> => {
    await collect()
    return { kernelMegabytes: backend.runtime.bytesInUse / 1e6, heapMegabytes: process.memoryUsage().heapUsed / 1e6 }
  }
  const tenth = Math.ceil(count / 10)
  let first = await kept()
  let peakMegabytes = 0
  for (let i = 1; i <= count; i++) {
    trainBriefly(i)
    // What is dropped is given back once the collector has seen it, between two tasks.
    if (i % 10 === 0) await new Promise((resolve) => setImmediate(resolve))
    peakMegabytes = Math.max(peakMegabytes, process.memoryUsage().rss / 1e6)
    if (i === tenth) first = await kept()
  }
  const last = await kept()
  await backend.close()
  return { models: count, first, last, peakMegabytes }
}

function trainBriefly(seed: number): void {
  scope(() => {
    const model = createModel('ghost-resnet20', { seed })
    const x = tensor(new Float32Array(2 * 3 * 32 * 32).fill(0.5), [2, 3, 32, 32])
    F.crossEntropy(model.call(x), Int32Array.of(0, 1)).backward()
    new SGD(model.namedParameters(), { lr: 0.01 }).step()
  })
}

/** Run the collector to its end, and what it has in store for the memory of the kernels. */
async function collect(): Promise<void> {
  setFlagsFromString('--expose-gc')
  const gc: () => void = runInNewContext('gc')
  for (let i = 0; i < 3; i++) {
    gc()
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
