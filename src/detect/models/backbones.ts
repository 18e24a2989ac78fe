import { GhostNet } from '../../models/ghostnet.js'
import { MobileNetV2 } from '../../models/mobilenetv2.js'
import { MobileNetV3 } from '../../models/mobilenetv3.js'
import { CifarResNet } from '../../models/resnet.js'
import { ResNet50 } from '../../models/resnet50.js'
import type { BatchNorm2d } from '../../nn/batchNorm.js'
import { Conv2d } from '../../nn/conv2d.js'
import { convBatchNorm } from '../../nn/convBatchNorm.js'
import type { GhostModule } from '../../nn/ghostModule.js'
import type { RandomInit } from '../../nn/init.js'
import { Module } from '../../nn/module.js'
import { Sequential } from '../../nn/sequential.js'
import { withBackend } from '../../tensor/backend.js'
import { zeros } from '../../tensor/create.js'
import { ConfigError } from '../../tensor/errors.js'
import { MetaBackend } from '../../tensor/meta/metaBackend.js'
import type { Tensor } from '../../tensor/tensor.js'

/**
 * A network for classification without its head, which gives its levels: the last map of each resolution, finest first.
 * (N, 3, H, W) → [(N, channels, H / stride, W / stride)]
 */
export abstract class Backbone extends Module<[x: Tensor], Tensor[]> {}

/** How many channels each level of a backbone has, and how many pixels of the image a place of it is apart. */
export interface LevelShape {
  channels: number
  stride: number
}

/** The levels of a backbone, told by shapes alone. */
export function levelShapes(name: string, options: BackboneOptions = {}): LevelShape[] {
  const size = 256
  return withBackend(new MetaBackend(), () => {
    const levels = createBackbone(name, options).call(zeros([1, 3, size, size]))
    return levels.map(({ shape }) => ({ channels: shape[1]!, stride: size / shape[2]! }))
  })
}

/** Modules one after the other, under the names '0', '1', …; the outputs after some of them. */
function outputsAfter(layers: Sequential, ends: readonly number[], x: Tensor): Tensor[] {
  const levels: Tensor[] = []
  for (let i = 0; layers[i]; i++) {
    x = layers[i]!.call(x)
    if (ends.includes(i)) levels.push(x)
  }
  return levels
}

/** The first `count` layers of a network. */
const firstLayers = (layers: Sequential, count: number): Sequential =>
  new Sequential(...Array.from({ length: count }, (_, i) => layers[i]!))

/** Strides 4, 8, 16, 32: 24, 40, 112, 160 channels at width 1. The 960-channel convolution at the end is left out. */
class GhostNetLevels extends Backbone {
  readonly convStem: Conv2d
  readonly bn1: BatchNorm2d
  readonly blocks: Sequential

  constructor(options: BackboneOptions) {
    super()
    const { convStem, bn1, blocks } = new GhostNet({ ...options, inputSize: 224 })
    this.convStem = convStem
    this.bn1 = bn1
    this.blocks = firstLayers(blocks, 9)
  }

  forward(x: Tensor): Tensor[] {
    return outputsAfter(this.blocks, [2, 4, 6, 8], convBatchNorm(this.convStem, this.bn1, x, { relu: true }))
  }
}

/** Strides 4, 8, 16, 32: 24, 32, 96, 320 channels at width 1. */
class MobileNetV2Levels extends Backbone {
  readonly features: Sequential

  constructor(options: BackboneOptions) {
    super()
    this.features = firstLayers(new MobileNetV2(options).features, 18)
  }

  forward(x: Tensor): Tensor[] {
    return outputsAfter(this.features, [3, 6, 13, 17], x)
  }
}

/** Strides 4, 8, 16, 32: 24, 40, 112, 160 channels (large), 16, 24, 48, 96 (small) at width 1. */
class MobileNetV3Levels extends Backbone {
  readonly features: Sequential
  readonly #ends: readonly number[]

  constructor(variant: 'large' | 'small', options: BackboneOptions) {
    super()
    this.#ends = variant === 'large' ? [3, 6, 12, 15] : [1, 3, 8, 11]
    this.features = firstLayers(new MobileNetV3(variant, options).features, this.#ends.at(-1)! + 1)
  }

  forward(x: Tensor): Tensor[] {
    return outputsAfter(this.features, this.#ends, x)
  }
}

/** Strides 4, 8, 16, 32: 256, 512, 1024, 2048 channels, with Ghost modules or without. */
class ResNet50Levels extends Backbone {
  readonly conv1: Conv2d
  readonly bn1: BatchNorm2d
  readonly maxpool: Module
  readonly layer1: Sequential
  readonly layer2: Sequential
  readonly layer3: Sequential
  readonly layer4: Sequential

  constructor(isGhost: boolean, { s, d, generator }: BackboneOptions) {
    super()
    const network = new ResNet50(isGhost ? { ghost: { s, d }, generator } : { generator })
    this.conv1 = network.conv1
    this.bn1 = network.bn1
    this.maxpool = network.maxpool
    this.layer1 = network.layer1
    this.layer2 = network.layer2
    this.layer3 = network.layer3
    this.layer4 = network.layer4
  }

  forward(x: Tensor): Tensor[] {
    const c2 = this.layer1.call(this.maxpool.call(convBatchNorm(this.conv1, this.bn1, x, { relu: true })))
    const c3 = this.layer2.call(c2)
    const c4 = this.layer3.call(c3)
    return [c2, c3, c4, this.layer4.call(c4)]
  }
}

/** Strides 1, 2, 4: 16, 32, 64 channels; for small images. */
class CifarResNetLevels extends Backbone {
  readonly conv1: Conv2d | GhostModule
  readonly bn1: BatchNorm2d | null
  readonly layer1: Sequential
  readonly layer2: Sequential
  readonly layer3: Sequential

  constructor(depth: number, isGhost: boolean, { s, d, generator }: BackboneOptions) {
    super()
    const network = new CifarResNet(depth, isGhost ? { ghost: { s, d }, generator } : { generator })
    this.conv1 = network.conv1
    this.bn1 = network.bn1
    this.layer1 = network.layer1
    this.layer2 = network.layer2
    this.layer3 = network.layer3
  }

  forward(x: Tensor): Tensor[] {
    const { conv1, bn1 } = this
    const y = conv1 instanceof Conv2d ? convBatchNorm(conv1, bn1!, x, { relu: true }) : conv1.call(x)
    const c1 = this.layer1.call(y)
    const c2 = this.layer2.call(c1)
    return [c1, c2, this.layer3.call(c2)]
  }
}

/** Options of `createBackbone`; each as in `createModel`. */
export interface BackboneOptions extends RandomInit {
  width?: number | undefined
  s?: number | undefined
  d?: number | undefined
}

const makers: Readonly<Record<string, (options: BackboneOptions) => Backbone>> = {
  ghostnet: (options) => new GhostNetLevels(options),
  mobilenetv2: (options) => new MobileNetV2Levels(options),
  'mobilenetv3-large': (options) => new MobileNetV3Levels('large', options),
  'mobilenetv3-small': (options) => new MobileNetV3Levels('small', options),
  resnet50: (options) => new ResNet50Levels(false, options),
  'ghost-resnet50': (options) => new ResNet50Levels(true, options),
  ...Object.fromEntries(
    [20, 32, 44, 56, 110].flatMap((depth) => [
      [`resnet${depth}`, (options: BackboneOptions) => new CifarResNetLevels(depth, false, options)],
      [`ghost-resnet${depth}`, (options: BackboneOptions) => new CifarResNetLevels(depth, true, options)],
    ]),
  ),
}

/** The names that `createBackbone` knows; each is that of a classifier of `createModel`, whose weights fit. */
export const backboneNames: readonly string[] = Object.keys(makers)

/** A backbone by name. Its keys in the state dict are those of the classifier. */
export function createBackbone(name: string, options: BackboneOptions = {}): Backbone {
  const make = makers[name]
  if (!make) throw new ConfigError(`backbone: expected one of ${backboneNames.join(', ')}, got "${name}"`)
  return make(options)
}
