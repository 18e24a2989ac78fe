/** onnxruntime-web on the file that ghostgrad exports, batch norm folded. It does not train. */
import * as ort from 'onnxruntime-web'
import { exportOnnx } from '../../dist/src/io/index.js'
import { createModel } from '../../dist/src/models/index.js'
import { runPeer, versionOf } from './measure.mjs'

async function load({ model, parameters, threads, task }) {
  if (task === 'training') throw new Error('onnxruntime-web does not train')
  ort.env.wasm.numThreads = threads
  const network = createModel(model, { seed: 0 })
  const state = Array.from(parameters, ([key, { shape, values }]) => [key, { dtype: 'F32', shape, data: values }])
  network.loadStateDict(Object.fromEntries(state), { strict: false }) // all but the counters of batch norm
  const file = exportOnnx(network, { inputShape: [3, 32, 32], foldBatchNorm: true })
  const session = await ort.InferenceSession.create(file)
  const run = async (images, count) => {
    const { output } = await session.run({ input: new ort.Tensor('float32', images, [count, 3, 32, 32]) })
    return output.data
  }
  return {
    backend: `WebAssembly SIMD, ${threads} ${threads === 1 ? 'thread' : 'threads'}`,
    logits: run,
    inference: (images, count) => () => run(images, count),
  }
}

await runPeer({ version: versionOf('onnxruntime-web'), load })
