import * as F from '../autograd/functional.js'
import { GhostgradError } from '../tensor/errors.js'
import type { Tensor } from '../tensor/tensor.js'
import { ReLU } from './activation.js'
import { Adjoining } from './adjoining.js'
import { BatchNorm2d } from './batchNorm.js'
import { Conv2d } from './conv2d.js'
import type { RandomInit } from './init.js'
import { Module } from './module.js'
import { Sequential } from './sequential.js'

/** Options of `GhostModule`. */
export interface GhostModuleOptions extends RandomInit {
  /** k: size of the primary convolution; default 1. */
  kernel?: number
  /** s: maps made of each intrinsic one, itself included; default 2. */
  ratio?: number
  /** d: size of the cheap operation; default 3. */
  dwSize?: number
  /** Of the primary convolution; the cheap operation always has stride 1. */
  stride?: number
  /** Of the primary convolution. */
  dilation?: number
  /** Whether relu follows each batch norm; default true. */
  relu?: boolean
}

/**
 * The Ghost module (Han et al., GhostNet, CVPR 2020, https://arxiv.org/abs/1911.11907), as its authors released it
 * (https://github.com/huawei-noah/Efficient-AI-Backbones). It stands for an ordinary convolution of c to n channels,
 *
 *     Y = X ∗ f + b,   f: c × k × k × n                          n · h′ · w′ · c · k · k multiply-adds      (1)
 *
 * whose output maps are often nearly copies of one another, and makes them in two steps: m = n / s intrinsic maps by an ordinary
 * convolution, then s − 1 ghosts of each by cheap linear operations Φ, here d × d depthwise filters:
 *
 *     Y′ = X ∗ f′,   f′: c × k × k × m                                                                      (2)
 *     y_ij = Φ_ij(y′_i),   i = 1 … m, j = 1 … s;  Φ_is = identity                                           (3)
 *
 * for a speed-up and a compression, in theory, of
 *
 *     r_s = n·h′·w′·c·k² / (n/s·h′·w′·c·k² + (s−1)·n/s·h′·w′·d²) ≈ s·c / (s + c − 1) ≈ s                    (4)
 *     r_c = n·c·k² / (n/s·c·k² + (s−1)·n/s·d²)                   ≈ s·c / (s + c − 1) ≈ s                    (5)
 *
 * Both steps are followed by batch norm and, optionally, relu. Where s does not divide n, m is rounded up and the last
 * m · s − n ghosts are cut off. (N, inp, H, W) → (N, oup, H′, W′): the intrinsic maps first, then the ghosts.
 */
export class GhostModule extends Module {
  readonly primaryConv: Sequential
  readonly cheapOperation: Sequential
  /** m: the first maps of the output; the others are ghosts. */
  readonly intrinsicChannels: number
  /** Ghosts that are kept of those made. */
  readonly #ghosts: { made: number; kept: number }
  /** What the module saves in theory over the ordinary convolution that it stands for. */
  readonly theory: GhostTheory

  constructor(inp: number, oup: number, options: GhostModuleOptions = {}) {
    super()
    const { kernel = 1, ratio = 2, dwSize = 3, stride = 1, dilation = 1, relu = true, generator } = options
    check('ratio', ratio, 'a whole number of at least 2', Number.isInteger(ratio) && ratio >= 2)
    check('dwSize', dwSize, 'an odd whole number', dwSize % 2 === 1)
    check('kernel', kernel, 'an odd whole number', kernel % 2 === 1)
    const intrinsic = Math.ceil(oup / ratio)
    const made = intrinsic * (ratio - 1)
    const activation = () => (relu ? [new ReLU()] : [])
    this.primaryConv = new Sequential(
      new Conv2d(inp, intrinsic, kernel, {
        stride,
        dilation,
        padding: dilation * ((kernel - 1) / 2),
        bias: false,
        generator,
      }),
      new BatchNorm2d(intrinsic),
      ...activation(),
    )
    this.cheapOperation = new Sequential(
      new Conv2d(intrinsic, made, dwSize, { padding: (dwSize - 1) / 2, groups: intrinsic, bias: false, generator }),
      new BatchNorm2d(made),
      ...activation(),
    )
    this.intrinsicChannels = intrinsic
    this.#ghosts = { made, kept: oup - intrinsic }
    const cost = (oup * inp * kernel ** 2) / (intrinsic * inp * kernel ** 2 + made * dwSize ** 2)
    this.theory = { speedUp: cost, compression: cost, approximate: (ratio * inp) / (ratio + inp - 1) }
  }

  forward(x: Tensor): Tensor {
    const { made, kept } = this.#ghosts
    const room = new Adjoining([this.intrinsicChannels, made])
    const intrinsic = this.primaryConv.call(x, { into: room.part(0) })
    const ghosts = this.cheapOperation.call(intrinsic, { into: room.part(1) })
    return F.concat([intrinsic, made === kept ? ghosts : F.slice(ghosts, [null, [0, kept]])], 1)
  }
}

/** What a Ghost module saves by the formulas of the paper. */
export interface GhostTheory {
  /** r_s of (4) with the true numbers of maps; h′ · w′ cancels. */
  speedUp: number
  /** r_c of (5) with the true numbers of maps: the weights of the convolutions, so the same number. */
  compression: number
  /** s · c / (s + c − 1), near both where d ≈ k. */
  approximate: number
}

function check(option: string, value: number, expected: string, holds: boolean): void {
  if (!holds) throw new GhostgradError(`GhostModule: expected ${option} to be ${expected}, got ${value}`)
}
