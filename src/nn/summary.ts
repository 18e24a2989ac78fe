import { noGrad } from '../autograd/gradMode.js'
import type { Pair } from '../autograd/ops/window.js'
import { zeros } from '../tensor/create.js'
import type { Shape } from '../tensor/shape.js'
import { scope, Tensor } from '../tensor/tensor.js'
import { Conv2d } from './conv2d.js'
import { evaluating } from './evaluating.js'
import { Linear } from './linear.js'
import type { AnyModule, Module } from './module.js'
import { Parameter } from './parameter.js'
import { AvgPool2d, MaxPool2d } from './pool.js'

/** A layer with its shape and what it costs. */
export interface LayerSummary {
  /** `layer1.0.conv1` */
  name: string
  /** `Conv2d` */
  type: string
  /** Of one image, without the batch axis. */
  outputShape: Shape
  /** Numbers in the layer's own parameters. */
  params: number
  macs: number
  /** Of convolutions and pooling layers. */
  window?: LayerWindow | undefined
}

/** Kernel and stride of a layer, height and width, pixels; groups of its channels. */
export interface LayerWindow {
  kernel: readonly [number, number]
  stride: readonly [number, number]
  groups: number
}

/** The layers of a network, and what they cost together. */
export interface Summary {
  params: number
  macs: number
  layers: LayerSummary[]
}

/**
 * What a network consists of and what one image costs. Multiply-adds are counted as the GhostNet paper counts its FLOPs: those of
 * convolutions and linear layers, without biases, batch norm and activations. Runs the network once on a blank image, in
 * evaluation mode, and leaves its modes as they were.
 * @param inputShape (C, H, W) of one image
 * @returns totals, and the innermost layers in the order in which they ran (a relu fused into a batch norm has no row)
 */
export function summarize(model: Module, inputShape: Shape): Summary {
  const layers: LayerSummary[] = []
  const remove = model.onForward((name, module, _, output) => {
    if (!module.namedChildren().next().done || !(output instanceof Tensor)) return
    layers.push({
      name,
      type: module.constructor.name,
      outputShape: output.shape.slice(1),
      params: ownParameters(module),
      macs: multiplyAdds(module, output),
      window: windowOf(module),
    })
  })
  try {
    evaluating(model, () => scope(() => noGrad(() => void model.call(zeros([1, ...inputShape])))))
  } finally {
    remove()
  }
  return { params: model.numParameters, macs: layers.reduce((sum, layer) => sum + layer.macs, 0), layers }
}

const ownParameters = (module: AnyModule): number =>
  Object.values(module).reduce((sum, value) => (value instanceof Parameter ? sum + value.size : sum), 0)

function windowOf(module: AnyModule): LayerWindow | undefined {
  const both = (value: Pair): readonly [number, number] => (typeof value === 'number' ? [value, value] : value)
  if (module instanceof Conv2d) {
    const [, , height, width] = module.weight.shape
    return { kernel: [height!, width!], stride: both(module.stride), groups: module.groups }
  }
  if (!(module instanceof MaxPool2d || module instanceof AvgPool2d)) return undefined
  const { kernelSize, options } = module
  return { kernel: both(kernelSize), stride: both(options.stride ?? kernelSize), groups: 1 }
}

/** Every output element is a dot product with one filter. */
function multiplyAdds(module: AnyModule, output: Tensor): number {
  if (!(module instanceof Conv2d || module instanceof Linear)) return 0
  return output.size * (module.weight.size / module.weight.shape[0]!)
}
