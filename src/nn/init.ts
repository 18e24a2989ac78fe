/**
 * Initial values of weights. Every function fills a tensor in place and returns it. Values are rounded to float32, so that
 * a seed gives the same start on every backend.
 * @module
 */
import { GhostgradError, showShape } from '../tensor/errors.js'
import { type Generator, getDefaultGenerator } from '../tensor/random.js'
import type { Tensor } from '../tensor/tensor.js'

/** Where initial values are drawn from. */
export interface RandomInit {
  /** Default: the generator that `manualSeed` seeds. */
  generator?: Generator | undefined
}

/** How initial values are scaled. */
export interface FanInit extends RandomInit {
  /** Keep the variance of activations ('in', default) or of gradients ('out') from layer to layer. */
  fan?: 'in' | 'out'
  /** √2 (default) for a relu behind the layer, 1 for none. */
  gain?: number
  /** Groups of a convolution: each output channel feeds, and each input channel meets, only its group. */
  groups?: number
}

export const constant = <T extends Tensor>(x: T, value: number): T => x.set(new Float32Array(x.size).fill(value))

/** Uniform over [low, high). */
export function uniform<T extends Tensor>(x: T, low: number, high: number, options: RandomInit = {}): T {
  return fill(x, options, (generator) => low + (high - low) * generator.uniform())
}

export function normal<T extends Tensor>(x: T, mean: number, std: number, options: RandomInit = {}): T {
  return fill(x, options, (generator) => mean + std * generator.normal())
}

function fill<T extends Tensor>(x: T, options: RandomInit, draw: (generator: Generator) => number): T {
  if (x.array.backend.name === 'meta') return x // there is nothing to fill
  const generator = options.generator ?? getDefaultGenerator()
  const values = new Float32Array(x.size)
  for (let i = 0; i < values.length; i++) values[i] = draw(generator)
  return x.set(values)
}

/**
 * fanIn: the inputs that one output sees; fanOut: the outputs that one input reaches (at stride 1).
 * @param x (out, in, …kernel), a linear layer's (out, in) included
 */
export function fans(x: Tensor, groups = 1): { fanIn: number; fanOut: number } {
  if (x.rank < 2) {
    throw new GhostgradError(`fans: expected a weight (out, in, …), got a tensor of shape ${showShape(x.shape)}`)
  }
  const perFilter = x.size / x.shape[0]!
  return { fanIn: perFilter, fanOut: x.size / x.shape[1]! / groups }
}

const fanOf = (x: Tensor, { fan = 'in', groups = 1 }: FanInit): number =>
  fan === 'in' ? fans(x).fanIn : fans(x, groups).fanOut

/** N(0, gain² / fan)  (He et al. 2015, https://arxiv.org/abs/1502.01852). */
export const kaimingNormal = <T extends Tensor>(x: T, options: FanInit = {}): T =>
  normal(x, 0, (options.gain ?? Math.SQRT2) / Math.sqrt(fanOf(x, options)), options)

/** U(−b, b) with b = gain · √(3 / fan): the same variance. */
export function kaimingUniform<T extends Tensor>(x: T, options: FanInit = {}): T {
  const bound = (options.gain ?? Math.SQRT2) * Math.sqrt(3 / fanOf(x, options))
  return uniform(x, -bound, bound, options)
}

/** N(0, 2 / (fanIn + fanOut))  (Glorot and Bengio 2010). */
export function xavierNormal<T extends Tensor>(x: T, options: RandomInit = {}): T {
  const { fanIn, fanOut } = fans(x)
  return normal(x, 0, Math.sqrt(2 / (fanIn + fanOut)), options)
}

/** U(−b, b) with b = √(6 / (fanIn + fanOut)). */
export function xavierUniform<T extends Tensor>(x: T, options: RandomInit = {}): T {
  const { fanIn, fanOut } = fans(x)
  const bound = Math.sqrt(6 / (fanIn + fanOut))
  return uniform(x, -bound, bound, options)
}

/** What `dirac` fills. */
export interface DiracInit {
  /** Fill the first filters alone, and leave the others as they are; default: all. */
  filters?: number
}

/**
 * Filter i passes input channel i on unchanged, as far as there are channels; what else is filled is zero
 * (torch.nn.init.dirac_; with `filters: C` of Jordan 2024, https://arxiv.org/abs/2404.00498, the rest of a convolution
 * starts at random).
 * @param x (K, C, …kernel), a convolution's
 */
export function dirac<T extends Tensor>(x: T, { filters = x.shape[0]! }: DiracInit = {}): T {
  if (x.rank < 3) {
    throw new GhostgradError(`dirac: expected a weight (K, C, …kernel), got a tensor of shape ${showShape(x.shape)}`)
  }
  if (x.array.backend.name === 'meta') return x
  const [K, C, ...kernel] = x.shape as [number, number, ...number[]]
  const places = kernel.reduce((a, b) => a * b, 1)
  const centre = kernel.reduce((index, size) => index * size + Math.floor(size / 2), 0)
  const values = new Float32Array(x.values)
  const filled = Math.min(K, filters)
  values.fill(0, 0, filled * C * places)
  for (let i = 0; i < Math.min(filled, C); i++) values[(i * C + i) * places + centre] = 1
  return x.set(values)
}

/**
 * What torch.nn.Linear and torch.nn.Conv2d start from: weight and bias uniform over ±1 / √fanIn. (PyTorch writes it as
 * Kaiming's uniform form with the gain √(1/3) of a leaky relu of slope √5.)
 */
export function torchDefault(weight: Tensor, bias: Tensor | null, options: RandomInit): void {
  kaimingUniform(weight, { ...options, gain: Math.sqrt(1 / 3) })
  const bound = 1 / Math.sqrt(fans(weight).fanIn)
  if (bias) uniform(bias, -bound, bound, options)
}
