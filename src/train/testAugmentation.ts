import * as F from '../autograd/functional.js'
import type { Batch } from '../data/loader.js'
import type { Module } from '../nn/module.js'
import { tensor } from '../tensor/create.js'
import type { Tensor } from '../tensor/tensor.js'

/** The names of the ways to augment at test time. */
export const testAugmentations = ['none', 'flip', 'translate'] as const

/**
 * Whose logits are averaged at test time. `flip`: each image and its mirror image (left and right). `translate` (Jordan
 * 2024, https://arxiv.org/abs/2404.00498, "multi-crop"): these, which count one half, and the same of the image moved
 * by one pixel up and to the left, and down and to the right, with reflected padding.
 */
export type TestAugmentation = (typeof testAugmentations)[number]

type Images = Pick<Batch, 'images' | 'shape'>

/** Logits (N, classes) of a batch. */
export function augmentedLogits(model: Module, batch: Images, tta: TestAugmentation = 'none'): Tensor {
  const plain = ({ images, shape }: Images) => model.call(tensor(images, shape))
  if (tta === 'none') return plain(batch)
  const flipped = (images: Images) => F.mul(F.add(plain(images), plain(mirrored(images))), 0.5)
  if (tta === 'flip') return flipped(batch)
  const around = F.mul(F.add(flipped(moved(batch, -1)), flipped(moved(batch, 1))), 0.5)
  return F.mul(F.add(flipped(batch), around), 0.5)
}

function mirrored({ images, shape }: Images): Images {
  const width = shape[3]
  const out = new Float32Array(images.length)
  for (let row = 0; row < images.length; row += width) {
    for (let x = 0; x < width; x++) out[row + x] = images[row + width - 1 - x]!
  }
  return { images: out, shape }
}

/** Pixel (y, x) shows what was at (y + offset, x + offset), or its reflection at the border. @param offset −1 or 1 */
function moved({ images, shape }: Images, offset: number): Images {
  const [, , height, width] = shape
  const at = (i: number, size: number) => Math.abs(i + offset >= size ? size - 2 : i + offset)
  const out = new Float32Array(images.length)
  for (let plane = 0; plane < images.length; plane += height * width) {
    for (let y = 0; y < height; y++) {
      const from = plane + at(y, height) * width
      const to = plane + y * width
      for (let x = 0; x < width; x++) out[to + x] = images[from + at(x, width)]!
    }
  }
  return { images: out, shape }
}
