import { afterAll, expect, test } from 'vitest'
import { backward } from '../../src/autograd/backward.js'
import * as F from '../../src/autograd/functional.js'
import { createModel, listModels } from '../../src/models/index.js'
import { setBackend } from '../../src/tensor/backend.js'
import { randn } from '../../src/tensor/create.js'
import { Generator } from '../../src/tensor/random.js'
import { scope } from '../../src/tensor/tensor.js'
import { WasmBackend } from '../../src/tensor/wasm/wasmBackend.js'

const backend = new WasmBackend({ threads: 2 })
setBackend(backend)
afterAll(() => backend.close())

test.each(listModels().map((model) => model.name))(
  '%s: every parameter gets a finite gradient that is not all zero',
  (name) => {
    const model = createModel(name, { seed: 1 })
    scope(() => {
      const logits = model.call(randn([4, 3, 32, 32], { generator: new Generator(2) }))
      expect(logits.shape).toEqual([4, 10])
      backward(F.crossEntropy(logits, [0, 3, 7, 9]))
    })
    const bad = Array.from(model.namedParameters()).flatMap(([parameter, { grad, requiresGrad }]) => {
      if (!requiresGrad) return []
      if (!grad) return [`no gradient for ${parameter}`]
      if (!grad.data.every(Number.isFinite)) return [`a gradient for ${parameter} that is not finite`]
      return grad.data.every((g) => g === 0) ? [`a gradient for ${parameter} that is all zero`] : []
    })
    expect(bad).toEqual([])
  },
)
