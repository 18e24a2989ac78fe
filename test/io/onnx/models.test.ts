import { afterAll, beforeAll, expect, test } from 'vitest'
import { noGrad } from '../../../src/autograd/gradMode.js'
import { exportOnnx } from '../../../src/io/onnx/export.js'
import { createModel, listModels } from '../../../src/models/registry.js'
import { setBackend } from '../../../src/tensor/backend.js'
import { tensor } from '../../../src/tensor/create.js'
import { scope } from '../../../src/tensor/tensor.js'
import { WasmBackend } from '../../../src/tensor/wasm/wasmBackend.js'
import '../../support/allClose.js'
import { hashTensor } from '../../support/hashTensor.js'
import { trainedLike, withOnnx } from './support.js'

let backend: WasmBackend
beforeAll(() => {
  backend = new WasmBackend({ threads: 1 })
  setBackend(backend)
})
afterAll(() => backend.close())

const variants = [
  ...listModels().map(({ name }) => [name, {}] as const),
  ['ghost-vgg16', { s: 3, ghostFirst: true }],
  ['ghost-resnet20', { s: 4, d: 5, ghostFirst: true }],
  ['ghostnet', { width: 0.5, inputSize: 224, dropout: 0.2, numClasses: 7 }],
] as const

test.each(variants)('%s %o gives our logits in onnxruntime, for any batch, folded or not', async (name, options) => {
  const size = 'inputSize' in options ? options.inputSize : 32
  const model = trainedLike(createModel(name, options))
  const plain = exportOnnx(model, { inputShape: [3, size, size] })
  const folded = exportOnnx(model, { inputShape: [3, size, size], foldBatchNorm: true })
  expect(folded.length).toBeLessThan(plain.length)
  const batches = [1, 4].map((batch) => {
    const shape = [batch, 3, size, size]
    const images = hashTensor({ name: 'images', shape })
    const logits = scope(() => noGrad(() => model.eval().call(tensor(images, shape)).data))
    const largest = Math.max(...logits.map(Math.abs))
    expect(largest).toBeGreaterThan(1e-3)
    return { shape, images, logits, largest }
  })
  for (const [what, bytes] of Object.entries({ plain, folded })) {
    await withOnnx(bytes, async (run) => {
      for (const { shape, images, logits, largest } of batches) {
        const { data, dims } = await run(images, shape)
        expect(dims).toEqual([shape[0], logits.length / shape[0]!])
        expect(data).toBeAllClose(logits, { absolute: 1e-4 * largest, what: `${what}: logits` })
      }
    })
  }
})
