import * as F from '../../src/autograd/functional.js'
import { createModel } from '../../src/models/registry.js'
import { SGD } from '../../src/optim/sgd.js'
import { getBackend, setBackend } from '../../src/tensor/backend.js'
import { tensor } from '../../src/tensor/create.js'
import { scope } from '../../src/tensor/tensor.js'
import { WasmBackend } from '../../src/tensor/wasm/wasmBackend.js'

export interface ManyModels {
  models: number
  /** Memory of the kernels, 10⁶ bytes, at most while the first tenth and while the last tenth were built. */
  firstMegabytes: number
  lastMegabytes: number
}

/** Build, train by a step and drop one network after the other, in one process. */
export async function manyModels(count: number): Promise<ManyModels> {
  const backend = new WasmBackend({ threads: 1 })
  setBackend(backend)
  const tenth = Math.ceil(count / 10)
  const megabytes: number[] = []
  for (let i = 0; i < count; i++) {
    scope(() => {
      const model = createModel('ghost-resnet20', { seed: i })
      const x = tensor(new Float32Array(2 * 3 * 32 * 32).fill(0.5), [2, 3, 32, 32])
      F.crossEntropy(model.call(x), Int32Array.of(0, 1)).backward()
      new SGD(model.namedParameters(), { lr: 0.01 }).step()
    })
    // What is dropped is given back once the collector has seen it.
    if (i % 10 === 9) await new Promise((resolve) => setImmediate(resolve))
    megabytes.push(process.memoryUsage().rss / 1e6)
  }
  await (getBackend() as WasmBackend).close()
  return {
    models: count,
    firstMegabytes: Math.max(...megabytes.slice(0, tenth)),
    lastMegabytes: Math.max(...megabytes.slice(-tenth)),
  }
}
