import type { Generator } from '../tensor/random.js'
import { rotate, shearX, shearY, translateX, translateY } from './affineOps.js'
import type { ByteImage } from './bytes.js'
import { autoContrast, brightness, color, contrast, equalize, posterize, sharpness, solarize } from './pixelOps.js'

/** How strong and how many. */
export interface RandAugment {
  /** 0 … 10 */
  readonly magnitude: number
  /** Operations an image, drawn with replacement. */
  readonly ops: number
}

/** An operation at `level` (0 … 1) times the largest strength; `sign` is 1 or −1, for those that have a direction. */
type RandOp = (image: ByteImage, level: number, sign: () => 1 | -1) => void

const enhance =
  (op: (image: ByteImage, factor: number) => void): RandOp =>
  (image, level, sign) =>
    op(image, 1 + sign() * 0.9 * level)

/** Furthest that an image moves, as a share of its side: 150 pixels of the 331 that AutoAugment was made for. */
const furthest = 150 / 331

/**
 * The 14 operations of RandAugment (Cubuk et al. 2020, https://arxiv.org/abs/1909.13719) with AutoAugment's ranges
 * (https://arxiv.org/abs/1805.09501, table 6).
 */
export const randOps: Readonly<Record<string, RandOp>> = {
  identity: () => {},
  autoContrast,
  equalize,
  rotate: (image, level, sign) => rotate(image, sign() * 30 * level),
  solarize: (image, level) => solarize(image, 256 * (1 - level)),
  color: enhance(color),
  posterize: (image, level) => posterize(image, 8 - Math.round(4 * level)),
  contrast: enhance(contrast),
  brightness: enhance(brightness),
  sharpness: enhance(sharpness),
  shearX: (image, level, sign) => shearX(image, sign() * 0.3 * level),
  shearY: (image, level, sign) => shearY(image, sign() * 0.3 * level),
  translateX: (image, level, sign) => translateX(image, sign() * Math.round(furthest * image.width * level)),
  translateY: (image, level, sign) => translateY(image, sign() * Math.round(furthest * image.height * level)),
}

const opList = Object.values(randOps)

/** Change an image by operations drawn from the generator, each as likely as the others. */
export function randAugment(image: ByteImage, { magnitude, ops }: RandAugment, generator: Generator): void {
  for (let i = 0; i < ops; i++) {
    const op = opList[generator.integer(opList.length)]!
    op(image, magnitude / 10, () => (generator.integer(2) === 0 ? 1 : -1))
  }
}

/** `rand-m9-n2`: magnitude 9 of 10, two operations. Null if the text is nothing of the kind. */
export function parseRandAugment(text: string): RandAugment | null {
  const match = /^rand-m(\d+(?:\.\d+)?)-n(\d+)$/.exec(text)
  if (!match) return null
  const [magnitude, ops] = [Number(match[1]), Number(match[2])]
  return magnitude <= 10 && ops >= 1 ? { magnitude, ops } : null
}
