import * as F from '../../src/autograd/functional.js'
import { explain } from '../../src/explain/explain.js'
import type { Explanation } from '../../src/explain/explanation.js'
import { type View, viewsOf } from '../../src/explain/formats/views.js'
import type { Module } from '../../src/nn/module.js'
import { tensor } from '../../src/tensor/create.js'
import { imageShape } from './network.js'

/** A step, and its graph at several depths. */
export interface DrawnStep {
  explanation: Explanation
  views: View[]
}

/**
 * The graph of one training step with one image.
 * @param model whose running statistics move by it
 * @param image (3, 32, 32), normalized
 * @param module the path of the module to draw with all its operations; null: the whole network, by blocks
 */
export function drawStep(model: Module, image: Float32Array, label: number, module: string | null): DrawnStep {
  const images = tensor(image, [1, ...imageShape])
  const loss = () => F.crossEntropy(model.train().call(images), Int32Array.of(label))
  const explanation = explain(loss, { model, names: { image: images }, samples: 1, ...(module !== null && { module }) })
  return { explanation, views: viewsOf(explanation, module === null ? 2 : 0) }
}
