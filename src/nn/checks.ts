/**
 * The gradient check of every layer, as data: by its input and by all its parameters. The table is total: a layer without a check does
 * not compile. As for operations, nothing lies near a kink, by construction.
 */

import { any, around, distinct, type Maker } from '../autograd/checkInputs.js'
import { mul } from '../autograd/functional.js'
import type { Check } from '../autograd/runChecks.js'
import { full } from '../tensor/create.js'
import { Generator } from '../tensor/random.js'
import { hostStep } from '../tensor/recording.js'
import type { Tensor } from '../tensor/tensor.js'
import * as activations from './activation.js'
import { MultiheadAttention } from './attention.js'
import { awayFromKinks } from './awayFromKinks.js'
import { BatchNorm1d, BatchNorm2d } from './batchNorm.js'
import { ChannelShuffle } from './channelShuffle.js'
import { Conv2d } from './conv2d.js'
import { ConvTranspose2d } from './convTranspose2d.js'
import { Dropout } from './dropout.js'
import { Flatten, Identity } from './flatten.js'
import { GhostBottleneck, type GhostBottleneckOptions } from './ghostBottleneck.js'
import { GhostModule, type GhostModuleOptions } from './ghostModule.js'
import { GroupNorm, LayerNorm, LayerNorm2d } from './groupNorm.js'
import type * as nn from './index.js'
import { Linear } from './linear.js'
import { BCEWithLogitsLoss, CrossEntropyLoss, KLDivLoss, MSELoss, NLLLoss, SmoothL1Loss } from './losses.js'
import type { AnyModule } from './module.js'
import { AdaptiveAvgPool2d, AvgPool2d, MaxPool2d } from './pool.js'
import { Sequential } from './sequential.js'
import { SqueezeExcite } from './squeezeExcite.js'

interface Case {
  /** What this case adds to the others of its layer. */
  what?: string
  x: Maker
  build: (generator: Generator) => AnyModule
  /** Default: `layer.call(x)`. */
  fn?: (layer: AnyModule, x: Tensor) => unknown
}

type LayerName = {
  [Name in keyof typeof nn]: (typeof nn)[Name] extends new (...args: never[]) => { forward: unknown } ? Name : never
}[keyof typeof nn]

const image = any(2, 4, 3, 3)
/** Drawn from anew in each run of dropout. */
const noise = new Generator()

const ghostModule = (what: string, options: GhostModuleOptions, outputs = 4): Case => ({
  what,
  x: image,
  build: (generator) => awayFromKinks(new GhostModule(4, outputs, { ...options, generator }), generator),
})

const ghostBottleneck = (what: string, outputs: number, options: GhostBottleneckOptions): Case => ({
  what,
  x: image,
  build: (generator) => awayFromKinks(new GhostBottleneck(4, 8, outputs, { ...options, generator }), generator),
})

/** Far from the kinks of all activations. */
const activationCases = Object.fromEntries(
  Object.entries(activations).map(([name, Layer]): [string, Case[]] => [
    name,
    [{ x: around([-3, 0, 3, 6], 3, 4), build: () => new Layer() }],
  ]),
) as { [Name in keyof typeof activations]: Case[] }

const table: { [Name in LayerName]: readonly Case[] } = {
  Conv2d: [
    { x: image, build: (generator) => new Conv2d(4, 2, 3, { padding: 1, generator }) },
    {
      what: 'groups, stride 2, no bias',
      x: image,
      build: (generator) => new Conv2d(4, 6, 3, { stride: 2, groups: 2, bias: false, generator }),
    },
  ],
  ConvTranspose2d: [
    { x: image, build: (generator) => new ConvTranspose2d(4, 2, 2, { stride: 2, generator }) },
    {
      what: 'groups, no bias',
      x: image,
      build: (generator) =>
        new ConvTranspose2d(4, 6, 3, { stride: 2, padding: 1, outputPadding: 1, groups: 2, bias: false, generator }),
    },
  ],
  Linear: [
    { x: any(3, 4), build: (generator) => new Linear(4, 2, { generator }) },
    { what: 'no bias', x: any(3, 4), build: (generator) => new Linear(4, 2, { bias: false, generator }) },
  ],
  BatchNorm1d: [
    { what: '(N, C)', x: any(5, 3), build: () => new BatchNorm1d(3) },
    { what: '(N, C, L)', x: any(2, 3, 4), build: () => new BatchNorm1d(3) },
  ],
  BatchNorm2d: [
    { what: 'training', x: image, build: () => new BatchNorm2d(4) },
    { what: 'evaluation', x: image, build: () => new BatchNorm2d(4).eval() },
    { what: 'not affine', x: image, build: () => new BatchNorm2d(4, { affine: false }) },
  ],
  GroupNorm: [
    { x: image, build: () => new GroupNorm(2, 4) },
    { what: 'not affine', x: image, build: () => new GroupNorm(4, 4, { affine: false }) },
  ],
  LayerNorm: [
    { x: any(2, 3, 4), build: () => new LayerNorm(4) },
    { what: 'of planes, no bias', x: image, build: () => new LayerNorm([3, 3], { bias: false }) },
    { what: 'not affine', x: any(3, 4), build: () => new LayerNorm(4, { elementwiseAffine: false }) },
  ],
  LayerNorm2d: [{ x: image, build: () => new LayerNorm2d(4) }],
  MultiheadAttention: [
    { x: any(2, 3, 4), build: (generator) => new MultiheadAttention(4, 2, { generator }) },
    {
      what: 'to other keys, no bias',
      x: any(2, 3, 4),
      build: (generator) => new MultiheadAttention(4, 1, { bias: false, generator }),
      fn: (layer, x) => layer.call(x, full([2, 2, 4], 0.3)),
    },
  ],
  ...activationCases,
  MaxPool2d: [{ x: distinct(2, 2, 4, 4), build: () => new MaxPool2d(2) }],
  AvgPool2d: [{ x: any(2, 2, 4, 4), build: () => new AvgPool2d(3, { stride: 2, padding: 1 }) }],
  AdaptiveAvgPool2d: [{ x: any(2, 2, 5, 4), build: () => new AdaptiveAvgPool2d(2) }],
  ChannelShuffle: [{ x: image, build: () => new ChannelShuffle(2) }],
  Flatten: [{ x: image, build: () => new Flatten() }],
  // What comes out is the leaf itself, which no operation made.
  Identity: [{ x: image, build: () => new Identity(), fn: (layer, x) => mul(layer.call(x) as Tensor, 2) }],
  Dropout: [
    {
      x: image,
      build: () => new Dropout(0.4, { generator: noise }),
      fn: (layer, x) => {
        hostStep(() => void noise.seed(1))
        return layer.call(x)
      },
    },
  ],
  Sequential: [
    {
      what: 'convolution, batch norm and relu',
      x: image,
      build: (generator) =>
        awayFromKinks(
          new Sequential(new Conv2d(4, 4, 3, { padding: 1, generator }), new BatchNorm2d(4), new activations.ReLU()),
          generator,
        ),
    },
  ],
  SqueezeExcite: [
    { x: image, build: (generator) => awayFromKinks(new SqueezeExcite(4, { ratio: 1, generator }), generator) },
  ],
  GhostModule: [
    ghostModule('s 2', {}),
    ghostModule('s 3, d 5, k 3, ghosts cut off', { ratio: 3, dwSize: 5, kernel: 3 }, 7),
    ghostModule('stride 2, no relu', { stride: 2, relu: false }),
  ],
  GhostBottleneck: [
    ghostBottleneck('stride 1', 4, {}),
    ghostBottleneck('stride 2, squeeze and excitation', 6, { stride: 2, se: true }),
  ],
  CrossEntropyLoss: [
    {
      x: any(3, 4),
      build: () => new CrossEntropyLoss({ labelSmoothing: 0.1 }),
      fn: (layer, x) => layer.call(x, [2, 0, 3]),
    },
  ],
  NLLLoss: [{ x: any(3, 4), build: () => new NLLLoss(), fn: (layer, x) => layer.call(x, [2, 0, 3]) }],
  BCEWithLogitsLoss: [
    { x: any(2, 2), build: () => new BCEWithLogitsLoss(), fn: (layer, x) => layer.call(x, [1, 0, 0.5, 1]) },
  ],
  SmoothL1Loss: [{ x: any(2, 2), build: () => new SmoothL1Loss(), fn: (layer, x) => layer.call(x, [3, -3, 4, -4]) }],
  KLDivLoss: [
    {
      x: any(2, 2),
      build: () => new KLDivLoss({ reduction: 'batchmean' }),
      fn: (layer, x) => layer.call(x, full([2, 2], 0.5)),
    },
  ],
  MSELoss: [{ x: any(2, 3), build: () => new MSELoss(), fn: (layer, x) => layer.call(x, full([2, 3], 0.3)) }],
}

/** Every check of a layer, in the order of the table. */
export const layerChecks: readonly Check[] = Object.entries<readonly Case[]>(table).flatMap(([layer, cases]) =>
  cases.map(
    ({ what, x, build, fn = (module, input) => module.call(input) }): Check => ({
      subject: layer,
      name: what ? `${layer}: ${what}` : layer,
      make: (generator) => {
        const module = build(generator)
        const parameters = [...module.namedParameters()]
        return {
          fn: (input) => fn(module, input!) as Tensor,
          inputs: [x(generator), ...parameters.map(([, parameter]) => parameter)],
          names: ['x', ...parameters.map(([name]) => name)],
        }
      },
    }),
  ),
)
