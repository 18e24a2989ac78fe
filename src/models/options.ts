import { ConfigError } from '../tensor/errors.js'
import type { Generator } from '../tensor/random.js'

/** Options of `createModel`; which of them a model takes, `listModels` says. */
export interface ModelOptions {
  /** Classes; default 10. */
  numClasses?: number
  /** Ghost forms: maps made of each intrinsic one; default 2. */
  s?: number
  /** Ghost forms: size of the cheap operation; default 3. */
  d?: number
  /** Ghost forms: whether the first convolution is replaced too (the authors keep it); default false. */
  ghostFirst?: boolean
  /** Plain VGG and ResNets, and speednet in both forms: other numbers of channels, as `NetworkOptions` says. */
  channels?: readonly number[]
  /** GhostNet and the mobile networks: factor on all numbers of channels; default 1. */
  width?: number
  /** ShuffleNetV1: groups of its 1×1 convolutions; default 3. */
  groups?: number
  /** GhostNet: height and width of the images, default 32. From 112 pixels on the stem has stride 2, as published for 224. */
  inputSize?: number
  /** GhostNet: probability of dropout before the classifier; default 0. */
  dropout?: number
  /** MobileNetV1: activations cut at 6, as in TensorFlow's and timm's networks; default false, as in the paper. */
  relu6?: boolean
  /** Start from this seed … */
  seed?: number
  /** … or draw from this generator; default: the generator that `manualSeed` seeds. */
  generator?: Generator
}

/** An option that some network takes, by name. */
export type OptionName = keyof ModelOptions

/** Groups that ShuffleNetV1 is defined for. */
export const SHUFFLE_GROUPS: readonly number[] = [1, 2, 3, 4, 8]

/** What each option may be, in words and as a test. */
const RANGES: Record<Exclude<OptionName, 'generator'>, [expected: string, holds: (value: unknown) => boolean]> = {
  numClasses: ['a whole number of at least 1', (v) => isWhole(v) && v >= 1],
  s: ['a whole number of at least 2', (v) => isWhole(v) && v >= 2],
  d: ['an odd whole number', (v) => isWhole(v) && v >= 1 && v % 2 === 1],
  ghostFirst: ['true or false', (v) => typeof v === 'boolean'],
  channels: ['whole numbers of at least 1', (v) => Array.isArray(v) && v.every((n) => isWhole(n) && n >= 1)],
  width: ['a positive number', (v) => typeof v === 'number' && v > 0 && Number.isFinite(v)],
  groups: [`one of ${SHUFFLE_GROUPS.join(', ')}`, (v) => SHUFFLE_GROUPS.includes(v as number)],
  inputSize: ['a whole number of at least 8', (v) => isWhole(v) && v >= 8],
  dropout: ['a probability from 0 to below 1', (v) => typeof v === 'number' && v >= 0 && v < 1],
  relu6: ['true or false', (v) => typeof v === 'boolean'],
  seed: ['a finite number', (v) => Number.isFinite(v)],
}

const isWhole = (value: unknown): value is number => Number.isInteger(value)

const show = (value: unknown): string => (typeof value === 'string' ? `"${value}"` : String(value))

/** Refuse options that `model` does not take, and values out of range. Undefined counts as not given. */
export function checkOptions(model: string, options: ModelOptions, known: readonly OptionName[]): void {
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue
    if (!known.includes(name as OptionName)) {
      throw new ConfigError(`${model}: unknown option "${name}"; known: ${known.join(', ')}`)
    }
    const [expected, holds] = RANGES[name as keyof typeof RANGES] ?? ['', () => true]
    if (!holds(value)) throw new ConfigError(`${model}: expected ${name} to be ${expected}, got ${show(value)}`)
  }
}

/** Refuse `channels` of another number than the architecture has places for. */
export function requireCount(model: string, channels: readonly number[], count: number, what: string): void {
  if (channels.length === count) return
  throw new ConfigError(`${model}: expected ${count} numbers of channels, ${what}, got ${channels.length}`)
}
