import type { RandomInit } from '../../nn/init.js'
import { Module } from '../../nn/module.js'
import type { Tensor } from '../../tensor/tensor.js'
import { type Backbone, type BackboneOptions, createBackbone, levelShapes } from './backbones.js'
import { type ExtraLevels, FeaturePyramid } from './fpn.js'

/** What a detector's pyramid is made of. */
export interface PyramidOptions extends RandomInit {
  /** Name of the backbone; default 'ghostnet'. */
  backbone?: string
  backboneOptions?: BackboneOptions
  /** Channels of the pyramid and of the heads; default 256. */
  fpnChannels?: number
}

/** A backbone and the pyramid on it: (N, 3, H, W) → a map for each level, finest first. */
export class PyramidBackbone extends Module<[x: Tensor], Tensor[]> {
  readonly body: Backbone
  readonly fpn: FeaturePyramid
  /** Pixels of the image between places, for each level of the pyramid. */
  readonly strides: readonly number[]
  readonly #skipped: number

  /** @param most levels of the backbone that are used: its coarsest */
  constructor(options: PyramidOptions, extra: ExtraLevels, most: number) {
    super()
    const { backbone = 'ghostnet', backboneOptions = {}, fpnChannels = 256, generator } = options
    const shapes = levelShapes(backbone, backboneOptions)
    const used = shapes.slice(-most)
    this.#skipped = shapes.length - used.length
    this.body = createBackbone(backbone, { ...backboneOptions, generator })
    this.fpn = new FeaturePyramid(
      used.map(({ channels }) => channels),
      { channels: fpnChannels, extra, generator },
    )
    const last = used.at(-1)!.stride
    const beyond = extra === 'pool' ? [2 * last] : [2 * last, 4 * last]
    this.strides = [...used.map(({ stride }) => stride), ...beyond]
  }

  forward(x: Tensor): Tensor[] {
    return this.fpn.call(this.body.call(x).slice(this.#skipped))
  }
}

/** Height and width of each map. */
export const planesOf = (maps: readonly Tensor[]): [number, number][] => maps.map(({ shape }) => [shape[2]!, shape[3]!])
