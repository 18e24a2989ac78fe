import * as F from '../autograd/functional.js'
import { BatchNorm2d, type BatchNormLayerOptions } from '../nn/batchNorm.js'
import { Conv2d } from '../nn/conv2d.js'
import { convBatchNorm } from '../nn/convBatchNorm.js'
import { constant, dirac, type RandomInit } from '../nn/init.js'
import { Linear } from '../nn/linear.js'
import { Module } from '../nn/module.js'
import { Sequential } from '../nn/sequential.js'
import type { Tensor } from '../tensor/tensor.js'
import type { NetworkOptions } from './ghostOptions.js'
import { requireCount } from './options.js'

/** Channels of the three groups, as published for 94 %; 128, 384, 384 for 95 %. */
const WIDTHS = [64, 256, 256]

/** All the filters that whitening 2×2 patches of three colours can give, and their negatives. */
const FIRST = 24

const NORM: BatchNormLayerOptions = { scale: false, momentum: 0.4, eps: 1e-12 }

/**
 * The network of Jordan 2024, "94 % on CIFAR-10 in 3.29 seconds on a single GPU" (https://arxiv.org/abs/2404.00498),
 * shallow and wide:
 *
 *     2×2 convolution to 24 maps (to be whitened and fixed, but for its bias: `whiten`), GELU;
 *     three groups of: 3×3 convolution, max pool 2, batch norm, GELU, 3×3 convolution, batch norm, GELU;
 *     the largest of each map; linear layer without bias; logits over the number of features.
 *
 * 3×3 convolutions start with the identity in as many filters as they have inputs, the rest as PyTorch's; batch norms
 * have no scale; the linear layer's weights have unit deviation.
 *
 * The Ghost form makes n / s of the maps of each 3×3 convolution by the convolution, and the others from these, behind
 * their GELU, by depthwise d × d convolutions with batch norm and GELU of their own (Han et al. 2020,
 * https://arxiv.org/abs/1911.11907). There at most half of a convolution's filters start as the identity: with all of
 * them it would not look at the ghosts before it.
 *
 * (N, 3, H, W) with H, W ≥ 16 → logits (N, numClasses)
 */
export class SpeedNet extends Module {
  readonly conv1: Conv2d
  readonly layer1: Sequential
  readonly layer2: Sequential
  readonly layer3: Sequential
  readonly fc: Linear

  constructor(options: NetworkOptions = {}) {
    super()
    const { ghost, channels = WIDTHS, numClasses = 10, generator } = options
    requireCount('SpeedNet', channels, WIDTHS.length, 'one a group')
    const unit = (inp: number, oup: number, pool: boolean): Module =>
      ghost
        ? new GhostUnit(inp, oup, pool, { s: ghost.s ?? 2, d: ghost.d ?? 3, generator })
        : new ConvUnit(inp, oup, 3, { pool, identities: inp, generator })
    const group = (inp: number, oup: number) => new Sequential(unit(inp, oup, true), unit(oup, oup, false))
    const [width1, width2, width3] = channels as [number, number, number]
    this.conv1 = new Conv2d(3, FIRST, 2, { generator })
    constant(this.conv1.bias!, 0)
    this.layer1 = group(FIRST, width1)
    this.layer2 = group(width1, width2)
    this.layer3 = group(width2, width3)
    this.fc = new Linear(width3, numClasses, { bias: false, generator })
    scaleToUnitDeviation(this.fc.weight)
  }

  forward(x: Tensor): Tensor {
    const y = this.layer3.call(this.layer2.call(this.layer1.call(F.gelu(this.conv1.call(x)))))
    const [, features, height, width] = y.shape as [number, number, number, number] // 3 × 3 of 32 pixels
    return F.mul(this.fc.call(F.flatten(F.maxPool2d(y, [height, width]))), 1 / features)
  }
}

interface UnitOptions extends RandomInit {
  groups?: number
  /** Whether max pooling halves the plane behind the convolution. */
  pool?: boolean
  /** Filters that start as the identity; default: none. */
  identities?: number
}

/** Convolution, max pool 2 where asked, batch norm, GELU. */
class ConvUnit extends Module {
  readonly conv: Conv2d
  readonly bn: BatchNorm2d
  readonly #pools: boolean

  constructor(inp: number, oup: number, kernel: number, options: UnitOptions) {
    super()
    const { groups = 1, pool = false, identities = 0, generator } = options
    this.conv = new Conv2d(inp, oup, kernel, { padding: (kernel - 1) / 2, groups, bias: false, generator })
    if (identities > 0) dirac(this.conv.weight, { filters: identities })
    this.bn = new BatchNorm2d(oup, NORM)
    this.#pools = pool
  }

  forward(x: Tensor): Tensor {
    const { conv, bn } = this
    if (!this.#pools) return F.gelu(convBatchNorm(conv, bn, x))
    // By fixed statistics and without a scale of its own, batch norm keeps the order of values: pooling may come behind
    // it.
    const y = bn.training ? bn.call(F.maxPool2d(conv.call(x), 2)) : F.maxPool2d(convBatchNorm(conv, bn, x), 2)
    return F.gelu(y)
  }
}

/** A `ConvUnit` that makes one of s maps, and one that makes the others from these. */
class GhostUnit extends Module {
  readonly primary: ConvUnit
  readonly cheap: ConvUnit
  readonly #channels: number

  constructor(inp: number, oup: number, pool: boolean, { s, d, generator }: { s: number; d: number } & RandomInit) {
    super()
    const intrinsic = Math.ceil(oup / s)
    this.primary = new ConvUnit(inp, intrinsic, 3, {
      pool,
      identities: Math.min(inp, Math.floor(intrinsic / 2)),
      generator,
    })
    this.cheap = new ConvUnit(intrinsic, intrinsic * (s - 1), d, { groups: intrinsic, generator })
    this.#channels = oup
  }

  forward(x: Tensor): Tensor {
    const intrinsic = this.primary.call(x)
    const all = F.concat([intrinsic, this.cheap.call(intrinsic)], 1)
    return all.shape[1] === this.#channels ? all : F.slice(all, [null, [0, this.#channels]])
  }
}

/** By the deviation with n − 1, as torch.std. */
function scaleToUnitDeviation(weight: Tensor): void {
  if (weight.array.backend.name === 'meta') return
  const values = weight.data
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length
  const squares = values.reduce((sum, x) => sum + (x - mean) ** 2, 0)
  const deviation = Math.sqrt(squares / (values.length - 1))
  weight.set(Float32Array.from(values, (x) => x / deviation))
}
