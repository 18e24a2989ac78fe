import * as F from '../../src/autograd/functional.js'
import { noGrad } from '../../src/autograd/gradMode.js'
import { accuracy } from '../../src/data/metrics.js'
import { greyMap, splitMaps } from '../../src/figures/pixels.js'
import { captureOutputs } from '../../src/nn/capture.js'
import { evaluating } from '../../src/nn/evaluating.js'
import type { Module } from '../../src/nn/module.js'
import { tensor } from '../../src/tensor/create.js'
import { scope } from '../../src/tensor/tensor.js'
import type { GhostLayer, View } from '../protocol.js'
import { imageShape } from './network.js'

/** The maps that a layer makes of an image, and the classes that the network takes it for. @param image (3, 32, 32), normalized */
export function look(model: Module, layer: GhostLayer, image: Float32Array): View {
  return scope(() => {
    const [maps, logits] = captureOutputs(model, tensor(image, [1, ...imageShape]), [layer.path, ''])
    return {
      layer,
      maps: splitMaps(maps!).map((map) => greyMap(map, layer.size).data),
      probabilities: [...F.softmax(tensor(logits!.data, logits!.shape), -1).data],
    }
  })
}

/** Mean loss and accuracy. @param images (N, 3, 32, 32), normalized @param labels (N,) */
export function test(model: Module, images: Float32Array, labels: Int32Array): { loss: number; accuracy: number } {
  const run = () => {
    const logits = model.call(tensor(images, [labels.length, ...imageShape]))
    return { loss: F.crossEntropy(logits, labels).item(), accuracy: accuracy(logits.data, labels) }
  }
  return evaluating(model, () => noGrad(() => scope(run)))
}
