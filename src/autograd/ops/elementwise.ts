import type { Tensor } from '../../tensor/tensor.js'
import { elementwiseOp } from './elementwiseOp.js'

/** max(x, 0). The gradient at 0 is 0, as PyTorch's. */
export const relu = elementwiseOp('relu')

/** min(max(x, 0), 6)  (Howard et al. 2017) */
export const relu6 = elementwiseOp('relu6')

/** 1 / (1 + e⁻ˣ) */
export const sigmoid = elementwiseOp('sigmoid')

/** The hyperbolic tangent. */
export const tanh = elementwiseOp('tanh')

/** relu6(x + 3) / 6  (Howard et al. 2019) */
export const hardSigmoid = elementwiseOp('hardSigmoid')

/** x · relu6(x + 3) / 6  (Howard et al. 2019) */
export const hardSwish = elementwiseOp('hardSwish')

/** x / (1 + e⁻ˣ), also called swish  (Hendrycks and Gimpel 2016) */
export const silu = elementwiseOp('silu')

/** eˣ */
export const exp = elementwiseOp('exp')

/** Natural logarithm. */
export const log = elementwiseOp('log')

/** √x */
export const sqrt = elementwiseOp('sqrt')

/** |x|; the gradient at 0 is 0. */
export const abs = elementwiseOp('abs')

/** x² */
export const square = elementwiseOp('square')

/** Which form of `gelu`. */
export interface GELUOptions {
  /** `tanh`: x / 2 · (1 + tanh(√(2/π) · (x + 0.044715 x³))), as in GPT-2, within 5e-4 of the exact function. Default: none. */
  approximate?: 'none' | 'tanh' | undefined
}

const exactGelu = elementwiseOp('gelu')
const approximateGelu = elementwiseOp('geluTanh')

/** x · Φ(x), Φ the distribution function of the normal distribution  (Hendrycks and Gimpel 2016) */
export function gelu(x: Tensor, { approximate = 'none' }: GELUOptions = {}): Tensor {
  return approximate === 'tanh' ? approximateGelu(x) : exactGelu(x)
}

const leakyReluOp = elementwiseOp('leakyRelu')
const eluOp = elementwiseOp('elu')
const softplusOp = elementwiseOp('softplus')

/** Of `leakyRelu`. */
export interface LeakyReLUOptions {
  /** What negative numbers are multiplied by; default 0.01. */
  negativeSlope?: number | undefined
}

/** x where x > 0, else negativeSlope · x  (Maas et al. 2013) */
export const leakyRelu = (x: Tensor, { negativeSlope }: LeakyReLUOptions = {}): Tensor => leakyReluOp(x, negativeSlope)

/** Of `elu`. */
export interface ELUOptions {
  /** Minus the value far to the left; default 1. */
  alpha?: number | undefined
}

/** x where x > 0, else α · (eˣ − 1)  (Clevert et al. 2016, https://arxiv.org/abs/1511.07289) */
export const elu = (x: Tensor, { alpha }: ELUOptions = {}): Tensor => eluOp(x, alpha)

/** Of `softplus`. */
export interface SoftplusOptions {
  /** How sharply it bends; default 1. */
  beta?: number | undefined
  /** Where β · x is greater, the result is x itself; default 20. */
  threshold?: number | undefined
}

/** ln(1 + e^(β · x)) / β, a smooth relu, without overflow. */
export const softplus = (x: Tensor, { beta, threshold }: SoftplusOptions = {}): Tensor => softplusOp(x, beta, threshold)
