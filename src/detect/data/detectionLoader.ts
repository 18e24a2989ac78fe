import { DataError } from '../../tensor/errors.js'
import { Generator } from '../../tensor/random.js'
import { takeBoxes } from '../boxes/boxes.js'
import type { Target } from '../models/detector.js'
import { type DetectionAugment, drawPlacement, identity, placeBoxes, placePicture } from './augment.js'
import type { DetectionSet, LabelledImage } from './detectionData.js'
import { loadPicture, type Picture, type Size } from './pictures.js'

/** Of ImageNet's images, as networks that were trained on them expect: of each channel, in units of x / 255. */
export const imagenetColours = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const

/** Images for a detector. */
export interface DetectionBatch {
  /** (count, 3, height, width), normalized */
  images: Float32Array
  shape: [number, number, number, number]
  /** In pixels of the input. */
  targets: Target[]
  /** Where the images are from, by their place in the set. */
  indexes: number[]
}

export interface DetectionLoaderOptions {
  batchSize: number
  /** The longer side of a scaled image, pixels. */
  longSide: number
  canvas: Size
  seed: number
  /** Null: in the set's order, as they are. */
  augment: DetectionAugment | null
}

/**
 * Batches of images with boxes, decoded once and kept in memory. Their order is a function of (seed, epoch), their augmentation of
 * (seed, epoch, image).
 */
export class DetectionLoader {
  readonly stepsPerEpoch: number
  readonly #pictures: Picture[]

  private constructor(
    readonly set: DetectionSet,
    pictures: Picture[],
    readonly options: DetectionLoaderOptions,
  ) {
    this.#pictures = pictures
    const { batchSize, augment } = options
    this.stepsPerEpoch = (augment ? Math.floor : Math.ceil)(set.images.length / batchSize)
  }

  /** Decode all images. @throws DataError if one cannot be read, or there are fewer than one batch */
  static async open(set: DetectionSet, options: DetectionLoaderOptions): Promise<DetectionLoader> {
    const pictures: Picture[] = []
    for (const image of set.images) pictures.push(await loadPicture(image, options.longSide))
    const loader = new DetectionLoader(set, pictures, options)
    if (loader.stepsPerEpoch > 0) return loader
    throw new DataError(`${set.name}: ${set.images.length} images are less than a batch of ${options.batchSize}`)
  }

  /** Height and width of an image in the input. */
  sizeOf(index: number): Size {
    return this.#pictures[index]!.size
  }

  /** Size of an image in the input divided by its own. */
  scaleOf(index: number): number {
    return this.#pictures[index]!.scale
  }

  /** One batch. @param step position in the epoch, from 0 */
  batch(epoch: number, step: number): DetectionBatch {
    const { batchSize, canvas, augment, seed } = this.options
    const order = Array.from(this.set.images, (_, i) => i)
    if (augment) new Generator(seed, epoch).shuffle(order)
    const indexes = order.slice(step * batchSize, (step + 1) * batchSize)
    const size = 3 * canvas[0] * canvas[1]
    const images = new Float32Array(indexes.length * size)
    const targets = indexes.map((index, i) => {
      const picture = this.#pictures[index]!
      const placement = augment
        ? drawPlacement(augment, picture.size, canvas, new Generator(seed, epoch, index))
        : identity
      placePicture(picture, placement, canvas, imagenetColours, images, i * size)
      return placeBoxes(scaledTarget(this.set.images[index]!, picture.scale), placement, canvas)
    })
    return { images, shape: [indexes.length, 3, ...canvas], targets, indexes }
  }
}

/** What is trained with: not what stands for many objects. */
function scaledTarget({ boxes, labels, crowds }: LabelledImage, scale: number): Target {
  const single = crowds.flatMap((isCrowd, i) => (isCrowd ? [] : [i]))
  return {
    boxes: takeBoxes(boxes, single).map((value) => value * scale),
    labels: Int32Array.from(single, (i) => labels[i]!),
  }
}
