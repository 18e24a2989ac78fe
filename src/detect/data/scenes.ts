import { loadCifar10Sample } from '../../data/cifar10Sample.js'
import type { ImageDataset } from '../../data/dataset.js'
import { Generator } from '../../tensor/random.js'
import { iou } from '../boxes/boxes.js'
import type { DetectionSet, DetectionSplits, LabelledImage } from './detectionData.js'

/** Side of a scene, and the sides that objects may have, pixels. */
const side = 128
const objectSides = [24, 64] as const
const mostObjects = 4
/** Objects of a scene may overlap by this much (intersection over union). */
const mostOverlap = 0.1
const scenes = { train: 400, test: 100 }

/**
 * Scenes for object detection that ship with the package: one to four images of the sample of CIFAR-10, scaled, on a grey canvas of
 * 128 × 128 pixels with noise. Always the same ones.
 */
export async function loadCifar10Scenes(): Promise<DetectionSplits> {
  const { train, test } = await loadCifar10Sample()
  return { train: sceneSet(train, 'train', 0), test: sceneSet(test, 'test', 1) }
}

function sceneSet(objects: ImageDataset, part: 'train' | 'test', stream: number): DetectionSet {
  const images = Array.from({ length: scenes[part] }, (_, i) => makeScene(objects, `${part}-${i}`, i, stream))
  return { name: `cifar10-scenes/${part}`, images, classes: objects.classes, bad: [] }
}

function makeScene(objects: ImageDataset, name: string, id: number, stream: number): LabelledImage {
  const generator = new Generator(id, stream)
  const pixels = canvas(generator)
  const boxes: number[] = []
  const labels: number[] = []
  const wanted = 1 + generator.integer(mostObjects)
  for (let attempt = 0; attempt < 20 && labels.length < wanted; attempt++) {
    const size = objectSides[0] + generator.integer(objectSides[1] - objectSides[0] + 1)
    const left = generator.integer(side - size + 1)
    const top = generator.integer(side - size + 1)
    const index = generator.integer(objects.count)
    const box = Float64Array.of(left, top, left + size, top + size)
    const others = Float64Array.from(boxes)
    if (labels.some((_, j) => iou(box, 0, others, j) > mostOverlap)) continue
    paste(pixels, objects, index, left, top, size)
    boxes.push(...box)
    labels.push(objects.labels[index]!)
  }
  const areas = labels.map((_, i) => (boxes[4 * i + 2]! - boxes[4 * i]!) ** 2)
  return {
    ...{ id, name, width: side, height: side },
    open: () => encode(pixels),
    boxes: Float64Array.from(boxes),
    labels: Int32Array.from(labels),
    areas: Float64Array.from(areas),
    crowds: labels.map(() => false),
  }
}

/** One grey with noise: (side, side, 3). */
function canvas(generator: Generator): Uint8Array {
  const grey = 64 + generator.integer(128)
  return new Uint8Array(side * side * 3).map(() => grey - 16 + generator.integer(33))
}

/** Scale an image to a square by the nearest pixel and put it on the canvas. */
function paste(pixels: Uint8Array, set: ImageDataset, index: number, left: number, top: number, size: number): void {
  const { images, height, width } = set
  const area = height * width
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const source = Math.floor((y * height) / size) * width + Math.floor((x * width) / size)
      const target = 3 * ((top + y) * side + left + x)
      for (let c = 0; c < 3; c++) pixels[target + c] = images[(3 * index + c) * area + source]!
    }
  }
}

/** As a PNG file. */
async function encode(pixels: Uint8Array): Promise<Uint8Array> {
  const { default: sharp } = await import('sharp')
  return sharp(pixels, { raw: { width: side, height: side, channels: 3 } })
    .png()
    .toBuffer()
}
