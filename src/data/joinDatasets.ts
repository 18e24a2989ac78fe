import { type ImageDataset, sharedBytes, sharedLabels } from './dataset.js'

/** The images of two parts of a data set, one behind the other. */
export function joinDatasets(a: ImageDataset, b: ImageDataset): ImageDataset {
  const images = sharedBytes(a.images.length + b.images.length)
  images.set(a.images)
  images.set(b.images, a.images.length)
  const labels = sharedLabels(a.count + b.count)
  labels.set(a.labels)
  labels.set(b.labels, a.count)
  return { ...b, images, labels, count: a.count + b.count }
}
