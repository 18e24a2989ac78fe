import { GhostgradError, ShapeError, showShape } from '../../tensor/errors.js'
import type { Generator } from '../../tensor/random.js'
import { Tensor } from '../../tensor/tensor.js'
import { add, mul } from './arithmetic.js'
import { dropout } from './dropout.js'
import { matmul } from './linear.js'
import { softmax } from './loss.js'
import { transpose } from './shape.js'

/** Which keys a query may attend to, and how sharply. */
export interface AttentionOptions {
  /** Added to the products before softmax, −∞ to keep a query from a key; broadcasts to (…, T, S). */
  mask?: Tensor | undefined
  /** Whether query t attends only to the keys 0 … t; default false. */
  isCausal?: boolean | undefined
  /** What the products are multiplied by; default 1 / √d. */
  scale?: number | undefined
  /** Probability that a weight is left out; give it only while training. Default 0. */
  dropout?: number | undefined
  /** What dropout draws from; default: the generator that `manualSeed` seeds. */
  generator?: Generator | undefined
}

/**
 * softmax(query · keyᵀ · scale + mask) · value, as torch.nn.functional.scaled_dot_product_attention
 * (Vaswani et al. 2017, https://arxiv.org/abs/1706.03762). The leading axes broadcast.
 * @param query (…, T, d)
 * @param key (…, S, d)
 * @param value (…, S, v)
 * @returns (…, T, v)
 */
export function scaledDotProductAttention(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  options: AttentionOptions = {},
): Tensor {
  const { mask, isCausal = false, dropout: p = 0, generator } = options
  checkAttention(query, key, value)
  if (mask && isCausal) throw new GhostgradError('scaledDotProductAttention: expected a mask or isCausal, got both')
  const scores = mul(matmul(query, transpose(key, -2, -1)), options.scale ?? 1 / Math.sqrt(query.shape.at(-1)!))
  const allowed = isCausal ? causalMask(scores) : mask
  const weights = softmax(allowed ? add(scores, allowed) : scores)
  return matmul(p > 0 ? dropout(weights, p, { training: true, generator }) : weights, value)
}

function checkAttention(query: Tensor, key: Tensor, value: Tensor): void {
  const ranks = [query, key, value].every(({ rank }) => rank >= 2)
  if (ranks && query.shape.at(-1) === key.shape.at(-1) && key.shape.at(-2) === value.shape.at(-2)) return
  throw new ShapeError(
    'scaledDotProductAttention: expected query (…, T, d), key (…, S, d) and value (…, S, v), got ' +
      `${showShape(query.shape)}, ${showShape(key.shape)} and ${showShape(value.shape)}`,
  )
}

/** 0 up to the diagonal, −∞ above; of the shape of the scores, for which there is a kernel. */
function causalMask({ shape, array }: Tensor): Tensor {
  const [T, S] = shape.slice(-2) as [number, number]
  const size = shape.reduce((product, n) => product * n, 1)
  const values = Float32Array.from({ length: size }, (_, i) => (i % S > Math.floor(i / S) % T ? -Infinity : 0))
  return new Tensor(array.backend.fromValues(values, shape))
}
