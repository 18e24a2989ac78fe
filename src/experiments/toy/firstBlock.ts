import { captureOutputs, type Output } from '../../nn/capture.js'
import type { Module } from '../../nn/module.js'
import { ConfigError } from '../../tensor/errors.js'
import type { Tensor } from '../../tensor/tensor.js'

/** The path of the first residual block, in ResNets for CIFAR and in torchvision's. */
export const firstBlock = 'layer1.0'

/**
 * The maps that a ResNet's first residual block gives for an image, (1, C, H, W).
 * @param name of the network, for the error
 * @throws ConfigError if the network has no such block
 */
export function firstBlockMaps(name: string, model: Module, input: Tensor): Output {
  const hasBlock = [...model.namedModules()].some(([path]) => path === firstBlock)
  if (!hasBlock) throw new ConfigError(`expected weights of a resnet, got ${name}, which has no ${firstBlock}`)
  return captureOutputs(model, input, [firstBlock])[0]!
}
