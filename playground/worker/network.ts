import { CifarResNet } from '../../src/models/resnet.js'
import { captureOutputs } from '../../src/nn/capture.js'
import { Conv2d } from '../../src/nn/conv2d.js'
import { GhostModule } from '../../src/nn/ghostModule.js'
import type { Module } from '../../src/nn/module.js'
import { summarize } from '../../src/nn/summary.js'
import { withBackend } from '../../src/tensor/backend.js'
import { zeros } from '../../src/tensor/create.js'
import { MetaBackend } from '../../src/tensor/meta/metaBackend.js'
import { Generator } from '../../src/tensor/random.js'
import { scope } from '../../src/tensor/tensor.js'
import type { Cost, GhostLayer, Network, Settings } from '../protocol.js'

/** Of one image. */
export const imageShape = [3, 32, 32] as const

/** The smallest of its kind: one block a stage. */
const depth = 8

/** Ghost-ResNet-8, with s = 1 ResNet-8; each time with the same first weights. */
export const buildNetwork = ({ s, d }: Settings): Module => {
  const generator = new Generator(0)
  return new CifarResNet(depth, s === 1 ? { generator } : { ghost: { s, d }, generator })
}

/** What there is to know of a network before it has learned. */
export function describeNetwork(model: Module, settings: Settings): Network {
  return {
    cost: costOf(() => buildNetwork(settings)),
    plainCost: costOf(() => new CifarResNet(depth)),
    layers: ghostLayers(model, settings),
    blocks: Array.from(model.namedModules(), ([path]) => path).filter((path) => /^layer\d\.\d$/.test(path)),
  }
}

function costOf(make: () => Module): Cost {
  const { params, macs } = withBackend(new MetaBackend(), () => summarize(make(), imageShape))
  return { params, macs }
}

function ghostLayers(model: Module, { s, d }: Settings): GhostLayer[] {
  const found = [...model.namedModules()].flatMap(([path, module]) =>
    module instanceof GhostModule
      ? [{ path, intrinsic: module.intrinsicChannels }]
      : s === 1 && module instanceof Conv2d && path.startsWith('layer')
        ? [{ path, intrinsic: module.weight.shape[0]! }]
        : [],
  )
  const paths = found.map(({ path }) => path)
  const outputs = scope(() => captureOutputs(model, zeros([1, ...imageShape]), paths))
  return found.map((layer, i) => {
    const [, maps, size] = outputs[i]!.shape as [number, number, number, number]
    return { ...layer, s, d, maps, size }
  })
}
