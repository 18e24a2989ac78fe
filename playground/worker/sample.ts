import { datasetFromRecords } from '../../src/data/cifarRecords.js'
import type { ImageDataset } from '../../src/data/dataset.js'
import type { Sample } from '../protocol.js'

const files = {
  train: new URL('../../assets/cifar10-sample/train.bin', import.meta.url),
  test: new URL('../../assets/cifar10-sample/test.bin', import.meta.url),
}

/** A part of the data set `cifar10-sample`. */
export async function loadSample(split: 'train' | 'test'): Promise<ImageDataset> {
  const response = await fetch(files[split])
  if (!response.ok) throw new Error(`${files[split]}: ${response.status} ${response.statusText}`)
  const bytes = new Uint8Array(await response.arrayBuffer())
  return datasetFromRecords(`cifar10-sample/${split}`, [{ path: files[split].pathname, bytes }])
}

/** The first image of each class. */
export function oneOfEach({ images, labels, classes, count }: ImageDataset): Sample[] {
  const size = images.length / count
  return classes.map((_, label) => {
    const index = labels.indexOf(label)
    return { image: images.slice(index * size, (index + 1) * size), label }
  })
}
