import { CifarResNet } from '../models/resnet.js'
import { BasicBlock } from '../models/resnetBlocks.js'
import { Vgg } from '../models/vgg.js'
import { Conv2d } from '../nn/conv2d.js'
import { GhostModule } from '../nn/ghostModule.js'
import type { Module } from '../nn/module.js'
import { joinPath } from '../nn/stateKeys.js'
import { ConfigError } from '../tensor/errors.js'

/** A convolution whose filters can be taken away, and the layers that change with it; paths as in the state dict. */
export interface PrunableLayer {
  conv: string
  /** The batch norm of its maps. */
  norm: string
  /** What reads its maps: a convolution, or a linear layer where they are 1 × 1. */
  next: string
}

/**
 * The prunable layers of a plain network, in the order of its option `channels`: every convolution of a VGG; of a ResNet the first
 * one of each block (the maps of the second are added to those of the shortcut, which has nothing to prune).
 * @throws ConfigError if the network is of another kind
 */
export function prunableLayers(model: Module): PrunableLayer[] {
  const isPlain = [...model.namedModules()].every(([, module]) => !(module instanceof GhostModule))
  if (isPlain && model instanceof Vgg) return vggLayers(model)
  if (isPlain && model instanceof CifarResNet) return resnetLayers(model)
  throw new ConfigError('prune: expected the weights of vgg16 or of a plain resnet')
}

function vggLayers(model: Vgg): PrunableLayer[] {
  const convs = [...model.features.namedChildren()].filter(([, layer]) => layer instanceof Conv2d)
  const places = convs.map(([place]) => Number(place))
  return places.map((place, i) => ({
    conv: `features.${place}`,
    norm: `features.${place + 1}`,
    next: i + 1 < places.length ? `features.${places[i + 1]}` : 'classifier.0',
  }))
}

const resnetLayers = (model: CifarResNet): PrunableLayer[] =>
  [...model.namedModules()]
    .filter(([, module]) => module instanceof BasicBlock)
    .map(([block]) => ({
      conv: joinPath(block, 'conv1'),
      norm: joinPath(block, 'bn1'),
      next: joinPath(block, 'conv2'),
    }))
