import type { RandomInit } from '../nn/init.js'
import type { Module } from '../nn/module.js'
import { ConfigError } from '../tensor/errors.js'
import { Generator, withDefaultGenerator } from '../tensor/random.js'
import { closest } from './closest.js'
import { GhostNet } from './ghostnet.js'
import { MnasNetA1 } from './mnasnet.js'
import { MobileNetV1 } from './mobilenetv1.js'
import { MobileNetV2 } from './mobilenetv2.js'
import { MobileNetV3 } from './mobilenetv3.js'
import { checkOptions, type ModelOptions, type OptionName } from './options.js'
import { CifarResNet } from './resnet.js'
import { ResNet50 } from './resnet50.js'
import { ShuffleNetV1 } from './shufflenetv1.js'
import { ShuffleNetV2 } from './shufflenetv2.js'
import { SpeedNet } from './speednet.js'
import { Vgg } from './vgg.js'

interface Entry {
  name: string
  description: string
  /** The options that the model takes. */
  options: readonly OptionName[]
  build(options: ModelOptions & RandomInit): Module
}

const COMMON = ['numClasses', 'seed', 'generator'] as const
const PLAIN = ['channels', ...COMMON] as const
const GHOST = ['s', 'd', 'ghostFirst', ...COMMON] as const
const DEPTHS = [20, 32, 44, 56, 110]

const ENTRIES: readonly Entry[] = [
  {
    name: 'vgg16',
    description: 'VGG-16 with batch norm for 32-pixel images (Simonyan and Zisserman 2015)',
    options: PLAIN,
    build: (options) => new Vgg(options),
  },
  {
    name: 'ghost-vgg16',
    description: 'VGG-16 of Ghost modules (Han et al. 2020, Tables 3 to 5)',
    options: GHOST,
    build: (options) => new Vgg({ ...options, ghost: options }),
  },
  ...DEPTHS.map((depth) => ({
    name: `resnet${depth}`,
    description: `ResNet-${depth} for 32-pixel images, shortcuts without parameters (He et al. 2015)`,
    options: PLAIN,
    build: (options: ModelOptions & RandomInit) => new CifarResNet(depth, options),
  })),
  ...DEPTHS.map((depth) => ({
    name: `ghost-resnet${depth}`,
    description: `ResNet-${depth} of Ghost modules (Han et al. 2020${depth === 56 ? ', Table 5' : ''})`,
    options: GHOST,
    build: (options: ModelOptions & RandomInit) => new CifarResNet(depth, { ...options, ghost: options }),
  })),
  {
    name: 'speednet',
    description: 'wide and shallow, to learn CIFAR-10 in minutes (Jordan 2024)',
    options: PLAIN,
    build: (options) => new SpeedNet(options),
  },
  {
    name: 'ghost-speednet',
    description: 'speednet with Ghost modules for its 3×3 convolutions',
    options: ['s', 'd', 'channels', ...COMMON],
    build: (options) => new SpeedNet({ ...options, ghost: options }),
  },
  {
    name: 'ghostnet',
    description: 'GhostNet for 32- or 224-pixel images (Han et al. 2020, Table 1)',
    options: ['width', 'inputSize', 'dropout', ...COMMON],
    build: (options) => new GhostNet(options),
  },
  {
    name: 'resnet50',
    description: 'ResNet-50 for 224-pixel images (He et al. 2015)',
    options: COMMON,
    build: (options) => new ResNet50(options),
  },
  {
    name: 'ghost-resnet50',
    description: 'ResNet-50 of Ghost modules for 224-pixel images (Han et al. 2020, Table 6)',
    options: ['s', 'd', ...COMMON],
    build: (options) => new ResNet50({ ...options, ghost: options }),
  },
  {
    name: 'mobilenetv1',
    description: 'MobileNet for 224-pixel images (Howard et al. 2017)',
    options: ['width', 'relu6', ...COMMON],
    build: (options) => new MobileNetV1(options),
  },
  {
    name: 'mobilenetv2',
    description: 'MobileNetV2 for 224-pixel images (Sandler et al. 2018)',
    options: ['width', ...COMMON],
    build: (options) => new MobileNetV2(options),
  },
  ...(['small', 'large'] as const).map((variant) => ({
    name: `mobilenetv3-${variant}`,
    description: `MobileNetV3-${variant === 'small' ? 'Small' : 'Large'} for 224-pixel images (Howard et al. 2019)`,
    options: ['width', 'fixedStem', ...COMMON] as const,
    build: (options: ModelOptions & RandomInit) => new MobileNetV3(variant, options),
  })),
  {
    name: 'shufflenetv1',
    description: 'ShuffleNet for 224-pixel images (Zhang et al. 2018)',
    options: ['width', 'groups', ...COMMON],
    build: (options) => new ShuffleNetV1(options),
  },
  {
    name: 'shufflenetv2',
    description: 'ShuffleNetV2 for 224-pixel images, width 0.5, 1, 1.5 or 2 (Ma et al. 2018)',
    options: ['width', ...COMMON],
    build: (options) => new ShuffleNetV2(options),
  },
  {
    name: 'mnasnet-a1',
    description: 'MnasNet-A1 for 224-pixel images (Tan et al. 2019)',
    options: COMMON,
    build: (options) => new MnasNetA1(options),
  },
]

/** A network of the user's own: what it takes besides what every network does, and how it is made. */
export type OwnModel = Pick<Entry, 'build'> & { options: readonly string[] }

const ownModels = new Map<string, Entry>()

const ownOptions: readonly OptionName[] = ['inputSize', ...COMMON]

/** Have `createModel` make a network of the user's own. Layers that it gives no generator draw from the network's all the same. */
export function registerModel(name: string, { options, build }: OwnModel): void {
  ownModels.set(name, {
    name,
    description: '',
    options: [...ownOptions, ...(options as OptionName[])],
    build: (given) => {
      const all = { numClasses: 10, inputSize: 32, ...given }
      return given.generator ? withDefaultGenerator(given.generator, () => build(all)) : build(all)
    },
  })
}

const entryOf = (name: string): Entry | undefined =>
  ENTRIES.find((candidate) => candidate.name === name) ?? ownModels.get(name)

/** A network that `createModel` makes, and what it takes. */
export interface ModelInfo {
  name: string
  /** One line. */
  description: string
  options: readonly OptionName[]
}

/** Every model that `createModel` knows. */
export const listModels = (): ModelInfo[] =>
  ENTRIES.map(({ name, description, options }) => ({ name, description, options }))

/** A network by its name, those of the user's own included; undefined if there is none. */
export const findModel = (name: string | undefined): ModelInfo | undefined =>
  name === undefined ? undefined : entryOf(name)

/** Whether a network has an option. */
export const takesOption = (name: string, option: OptionName): boolean =>
  findModel(name)?.options.includes(option) ?? false

/**
 * Build a network by name; it maps images (N, 3, H, W) to logits (N, numClasses).
 * @example createModel('ghost-vgg16', { s: 2, d: 3, seed: 1 })
 */
export function createModel(name: string, options: ModelOptions = {}): Module {
  const entry = entryOf(name)
  if (!entry) throw new ConfigError(unknownModel(name))
  checkOptions(name, options, entry.options)
  const { seed, ...rest } = options
  return entry.build(seed === undefined ? rest : { ...rest, generator: new Generator(seed) })
}

function unknownModel(name: string): string {
  const names = ENTRIES.map((entry) => entry.name)
  const near = closest(name, names)
  return `unknown model "${name}";${near ? ` did you mean "${near}"?` : ''} known: ${names.join(', ')}`
}
