import * as F from '../autograd/functional.js'
import { GhostgradError, ShapeError, showShape } from '../tensor/errors.js'
import type { Generator } from '../tensor/random.js'
import type { Tensor } from '../tensor/tensor.js'
import { constant, type RandomInit, xavierUniform } from './init.js'
import { Linear } from './linear.js'
import { Module } from './module.js'
import { Parameter } from './parameter.js'

/** Options of `MultiheadAttention`. */
export interface MultiheadAttentionOptions extends RandomInit {
  /** Probability that a weight is left out while training; default 0. */
  dropout?: number | undefined
  /** Whether the four linear maps have a shift; default true. */
  bias?: boolean | undefined
}

/** Which keys a query may attend to. */
export interface AttentionMask {
  /** Added to the products before softmax, −∞ to keep a query from a key; broadcasts to (N, heads, T, S). */
  mask?: Tensor | undefined
  /** Whether query t attends only to the keys 0 … t. */
  isCausal?: boolean | undefined
}

/**
 * Attention in several heads side by side (Vaswani et al. 2017, https://arxiv.org/abs/1706.03762), as
 * torch.nn.MultiheadAttention with `batch_first=True`: query (N, T, D), key and value (N, S, D) → (N, T, D). The names
 * of the weights are PyTorch's.
 */
export class MultiheadAttention extends Module<[query: Tensor, key?: Tensor, value?: Tensor, mask?: AttentionMask]> {
  /**
   * (3 · D, D): what makes queries, keys and values, one below the other. Starts with the uniform form of Glorot and
   * Bengio.
   */
  readonly inProjWeight: Parameter
  /** (3 · D,), starts with 0 */
  readonly inProjBias: Parameter | null
  /** From the heads side by side to the result. */
  readonly outProj: Linear
  readonly dropout: number
  readonly #generator: Generator | undefined

  constructor(
    readonly embedDim: number,
    readonly numHeads: number,
    { dropout = 0, bias = true, generator }: MultiheadAttentionOptions = {},
  ) {
    super()
    if (embedDim % numHeads !== 0) {
      throw new GhostgradError(`MultiheadAttention: expected heads to divide ${embedDim} features, got ${numHeads}`)
    }
    this.inProjWeight = xavierUniform(new Parameter([3 * embedDim, embedDim]), { generator })
    this.inProjBias = bias ? new Parameter([3 * embedDim], 0) : null
    this.outProj = new Linear(embedDim, embedDim, { bias, generator })
    if (this.outProj.bias) constant(this.outProj.bias, 0)
    this.dropout = dropout
    this.#generator = generator
  }

  /** @param key default: query  @param value default: key */
  forward(query: Tensor, key: Tensor = query, value: Tensor = key, { mask, isCausal }: AttentionMask = {}): Tensor {
    const D = this.embedDim
    for (const [what, x] of Object.entries({ query, key, value })) {
      if (x.rank === 3 && x.shape[2] === D) continue
      throw new ShapeError(`MultiheadAttention: expected ${what} (N, length, ${D}), got ${showShape(x.shape)}`)
    }
    const dropout = this.training ? this.dropout : 0
    const attended = F.scaledDotProductAttention(
      this.#project(query, 0),
      this.#project(key, 1),
      this.#project(value, 2),
      { mask, isCausal, dropout, generator: this.#generator },
    )
    const [N, T] = query.shape as [number, number]
    const sideBySide = F.reshape(F.permute(attended, [0, 2, 1, 3]), [N * T, D])
    return F.reshape(this.outProj.call(sideBySide), [N, T, D])
  }

  /** (N, length, D) → (N, heads, length, D / heads), by the first, second or third part of the weights. */
  #project(x: Tensor, part: 0 | 1 | 2): Tensor {
    const [D, heads] = [this.embedDim, this.numHeads]
    const [N, length] = x.shape as [number, number]
    const rows = [part * D, (part + 1) * D] as const
    const bias = this.inProjBias && F.slice(this.inProjBias, [rows])
    const projected = F.linear(F.reshape(x, [N * length, D]), F.slice(this.inProjWeight, [rows]), bias)
    return F.permute(F.reshape(projected, [N, length, heads, D / heads]), [0, 2, 1, 3])
  }
}
