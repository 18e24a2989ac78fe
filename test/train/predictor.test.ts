import { afterAll, describe, expect, it } from 'vitest'
import { noGrad } from '../../src/autograd/gradMode.js'
import { createModel } from '../../src/models/registry.js'
import { setBackend } from '../../src/tensor/backend.js'
import { tensor } from '../../src/tensor/create.js'
import { Generator } from '../../src/tensor/random.js'
import { ReferenceBackend } from '../../src/tensor/reference/referenceBackend.js'
import { scope } from '../../src/tensor/tensor.js'
import { WasmBackend } from '../../src/tensor/wasm/wasmBackend.js'
import { Predictor } from '../../src/train/predictor.js'

const backend = new WasmBackend({ threads: 2 })
afterAll(() => backend.close())

const images = (count: number, seed: number) => {
  const generator = new Generator(seed)
  return Float32Array.from({ length: count * 3 * 32 * 32 }, () => generator.normal())
}
const shapeOf = (x: Float32Array) => [x.length / 3072, 3, 32, 32]

describe('Predictor', () => {
  for (const name of ['ghost-resnet20', 'ghostnet']) {
    it(`gives the logits of ${name}, whatever shape comes`, () => {
      setBackend(backend)
      const model = createModel(name, { seed: 1 }).eval()
      const predictor = new Predictor(model)
      const direct = (x: Float32Array) => noGrad(() => scope(() => model.call(tensor(x, shapeOf(x))).data))
      for (const [i, count] of [1, 1, 1, 1, 3, 1, 3, 3, 3, 3].entries()) {
        const x = images(count, i)
        expect(predictor.predict(x, shapeOf(x))).toEqual(direct(x))
      }
    })
  }

  it('sees new weights, and runs the model no more than it must', () => {
    setBackend(backend)
    const model = createModel('ghost-resnet20', { seed: 1 }).eval()
    let runs = 0
    const forward = model.forward.bind(model)
    model.forward = (x) => {
      runs++
      return forward(x)
    }
    const predictor = new Predictor(model)
    const x = images(2, 0)
    const before = [1, 2, 3, 4].map(() => predictor.predict(x, shapeOf(x)))
    expect(runs).toBe(2)
    expect(before[3]).toEqual(before[0])
    model.loadStateDict(createModel('ghost-resnet20', { seed: 2 }).stateDict())
    const after = predictor.predict(x, shapeOf(x))
    expect(runs).toBe(2)
    expect(after).not.toEqual(before[0])
    expect(after).toEqual(new Predictor(model).predict(x, shapeOf(x)))
  })

  it('works on a backend that cannot replay', () => {
    setBackend(new ReferenceBackend())
    const model = createModel('ghost-resnet20', { seed: 1 }).eval()
    const predictor = new Predictor(model)
    const x = images(1, 0)
    const [a, b] = [1, 2].map(() => predictor.predict(x, shapeOf(x)))
    expect(a).toEqual(b)
  })
})
