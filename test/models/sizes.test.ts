import { describe, expect, it } from 'vitest'
import * as F from '../../src/autograd/functional.js'
import { listModels } from '../../src/models/index.js'
import { createModel } from '../../src/models/registry.js'
import { Vgg } from '../../src/models/vgg.js'
import { summarize } from '../../src/nn/summary.js'
import { setBackend } from '../../src/tensor/backend.js'
import { zeros } from '../../src/tensor/create.js'
import { MetaBackend } from '../../src/tensor/meta/metaBackend.js'
import { ReferenceBackend } from '../../src/tensor/reference/referenceBackend.js'

describe('images of other sizes', () => {
  it.each(listModels().flatMap(({ name, options }) => [33, 64].map((size) => [name, size, options] as const)))(
    '%s takes %i pixels',
    (name, size, options) => {
      setBackend(new MetaBackend())
      const sized = options.includes('inputSize') ? { inputSize: size } : {}
      const { layers } = summarize(createModel(name, { ...sized, numClasses: 7, seed: 0 }), [3, size, size])
      expect(layers.at(-1)!.outputShape).toEqual([7])
    },
  )

  it('vgg averages the last maps if they are more than one pixel', () => {
    setBackend(new ReferenceBackend())
    const model = new Vgg({ channels: [2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3], numClasses: 4 }).eval()
    const x = zeros([1, 3, 64, 64]).set(Float32Array.from({ length: 3 * 64 * 64 }, (_, i) => Math.sin(i)))
    const maps = model.features.call(x)
    expect(maps.shape).toEqual([1, 3, 2, 2])
    const expected = model.classifier.call(F.flatten(F.adaptiveAvgPool2d(maps, 1))).data
    expect([...model.call(x).data]).toEqual([...expected])
  })
})
