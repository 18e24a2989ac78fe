import { beforeEach, describe, expect, it } from 'vitest'
import * as F from '../../src/autograd/functional.js'
import { noGrad } from '../../src/autograd/gradMode.js'
import { createModel } from '../../src/models/registry.js'
import { captureOutputs } from '../../src/nn/capture.js'
import { Conv2d } from '../../src/nn/conv2d.js'
import { gradCam, lastMaps, listMaps } from '../../src/nn/gradCam.js'
import { Linear } from '../../src/nn/linear.js'
import { Module } from '../../src/nn/module.js'
import { setBackend } from '../../src/tensor/backend.js'
import { tensor } from '../../src/tensor/create.js'
import { Generator } from '../../src/tensor/random.js'
import { ReferenceBackend } from '../../src/tensor/reference/referenceBackend.js'
import type { Tensor } from '../../src/tensor/tensor.js'

/** Maps, their means, a linear layer: the case in which Grad-CAM is CAM (section 3.1 of the paper). */
class MeansNet extends Module {
  readonly conv: Conv2d
  readonly fc: Linear

  constructor(generator: Generator) {
    super()
    this.conv = new Conv2d(3, 5, 3, { padding: 1, generator })
    this.fc = new Linear(5, 4, { generator })
  }

  forward(x: Tensor): Tensor {
    return this.fc.call(F.flatten(F.adaptiveAvgPool2d(this.conv.call(x), 1)))
  }
}

const image = (size: number) =>
  tensor(
    Float32Array.from({ length: 3 * size * size }, (_, i) => Math.sin(0.7 * i)),
    [1, 3, size, size],
  )

beforeEach(() => setBackend(new ReferenceBackend()))

describe('gradCam', () => {
  it('weighs maps by the weights of a linear layer behind their means', () => {
    const model = new MeansNet(new Generator(3))
    const x = image(6)
    const [maps] = captureOutputs(model, x, ['conv'])
    for (const label of [0, 2]) {
      const { map, height, width, class: chosen } = gradCam(model, x, 'conv', label)
      expect([height, width, chosen]).toEqual([6, 6, label])
      const weights = model.fc.weight.data.subarray(label * 5, (label + 1) * 5)
      for (let p = 0; p < 36; p++) {
        const sum = weights.reduce((total, w, k) => total + (w / 36) * maps!.data[k * 36 + p]!, 0)
        expect(map[p]).toBeCloseTo(Math.max(0, sum), 6)
      }
    }
  })

  it('explains the likeliest class if none is named, leaves modes as they were and no gradients', () => {
    const model = createModel('ghost-resnet20', { seed: 1 }).train()
    const x = image(16)
    const { logits, class: chosen, map } = noGrad(() => gradCam(model, x, 'layer3'))
    expect(chosen).toBe(logits.indexOf(Math.max(...logits)))
    expect(map.length).toBe(16)
    expect(map.every((value) => value >= 0)).toBe(true)
    expect(model.training).toBe(true)
    expect(model.parameters().every(({ grad }) => grad === null)).toBe(true)
  })

  it('takes the last maps of at least 4 × 4 pixels', () => {
    const model = createModel('resnet20', { seed: 1 })
    expect(lastMaps(model, image(16))).toBe('layer3')
    expect(lastMaps(model, image(8))).toBe('layer2')
    expect(listMaps(model, image(8))[0]).toEqual({ path: 'conv1', shape: [1, 16, 8, 8] })
  })

  it('refuses other layers and classes', () => {
    const model = new MeansNet(new Generator(3))
    expect(() => gradCam(model, image(6), 'fc')).toThrow(
      'gradCam: expected the path of a module that gives maps, got "fc"',
    )
    expect(() => gradCam(model, image(6), 'conv', 4)).toThrow('gradCam: expected a class from 0 to 3, got 4')
    expect(() => lastMaps(model, image(2))).toThrow(/no layer of this network gives maps of at least 4 × 4/)
  })
})
