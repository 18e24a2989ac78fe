import { Conv2d } from '../nn/conv2d.js'
import { kaimingNormal, type RandomInit } from '../nn/init.js'
import type { AnyModule } from '../nn/module.js'

/**
 * The usual start of networks for CIFAR: every convolution's weights N(0, 2 / fanOut) (He et al. 2015). The outputs that one input
 * of a depthwise convolution reaches are those of its own group, so its fanOut is R · S, not C · R · S as PyTorch counts.
 * Linear layers, biases and batch norms keep PyTorch's start.
 */
export function initialize(model: AnyModule, options: RandomInit): void {
  for (const [, module] of model.namedModules()) {
    if (module instanceof Conv2d) kaimingNormal(module.weight, { ...options, fan: 'out', groups: module.groups })
  }
}
