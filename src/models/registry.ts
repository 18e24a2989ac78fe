import type { RandomInit } from '../nn/init.js'
import type { Module } from '../nn/module.js'
import { ConfigError } from '../tensor/errors.js'
import { Generator } from '../tensor/random.js'
import { closest } from './closest.js'
import { GhostNet } from './ghostnet.js'
import { checkOptions, type ModelOptions, type OptionName } from './options.js'
import { CifarResNet } from './resnet.js'
import { Vgg } from './vgg.js'

interface Entry {
  name: string
  description: string
  /** The options that the model takes. */
  options: readonly OptionName[]
  build(options: ModelOptions & RandomInit): Module
}

const COMMON = ['numClasses', 'seed', 'generator'] as const
const GHOST = ['s', 'd', 'ghostFirst', ...COMMON] as const
const DEPTHS = [20, 32, 44, 56, 110]

const ENTRIES: readonly Entry[] = [
  {
    name: 'vgg16',
    description: 'VGG-16 with batch norm for 32-pixel images (Simonyan and Zisserman 2015)',
    options: COMMON,
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
    options: COMMON,
    build: (options: ModelOptions & RandomInit) => new CifarResNet(depth, options),
  })),
  ...DEPTHS.map((depth) => ({
    name: `ghost-resnet${depth}`,
    description: `ResNet-${depth} of Ghost modules (Han et al. 2020${depth === 56 ? ', Table 5' : ''})`,
    options: GHOST,
    build: (options: ModelOptions & RandomInit) => new CifarResNet(depth, { ...options, ghost: options }),
  })),
  {
    name: 'ghostnet',
    description: 'GhostNet for 32- or 224-pixel images (Han et al. 2020, Table 1)',
    options: ['width', 'inputSize', 'dropout', ...COMMON],
    build: (options) => new GhostNet(options),
  },
]

export interface ModelInfo {
  name: string
  /** One line. */
  description: string
  options: readonly OptionName[]
}

/** Every model that `createModel` knows. */
export const listModels = (): ModelInfo[] =>
  ENTRIES.map(({ name, description, options }) => ({ name, description, options }))

/**
 * Build a network by name; it maps images (N, 3, H, W) to logits (N, numClasses).
 * @example createModel('ghost-vgg16', { s: 2, d: 3, seed: 1 })
 */
export function createModel(name: string, options: ModelOptions = {}): Module {
  const entry = ENTRIES.find((candidate) => candidate.name === name)
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
