import type { ImageDataset } from '../../data/dataset.js'
import { argmax } from '../../data/metrics.js'
import { montage } from '../../figures/montage.js'
import { greyMap, splitMaps } from '../../figures/pixels.js'
import { pngUrl } from '../../figures/png.js'
import { captureOutputs, listOutputs } from '../../nn/capture.js'
import { tensor } from '../../tensor/create.js'
import { DataError } from '../../tensor/errors.js'
import type { Tensor } from '../../tensor/tensor.js'
import { datasetImage } from '../../train/datasetImage.js'
import type { LoadedModel } from '../../train/trained/openTrained.js'
import { probabilityOf } from './evaluation.js'

/** Maps that are shown of a layer. */
const shown = 256

/** The layers whose output for one image is maps, (C, H, W), in the order in which they run. */
export function layersOf({ model }: LoadedModel, test: ImageDataset) {
  const layers = listOutputs(model, inputOf(test, 0))
  return {
    images: test.count,
    layers: layers
      .filter(({ path, shape }) => path !== '' && shape.length === 4)
      .map(({ path, type, shape }) => ({ path, type, shape: shape.slice(1) })),
  }
}

/** A layer's maps for a test image as one picture, and what the network takes the image for. */
export function mapsOf({ model, trainedOn }: LoadedModel, test: ImageDataset, index: number, layer: string) {
  if (!Number.isInteger(index) || index < 0 || index >= test.count) {
    throw new DataError(`expected the number of a test image, 0 to ${test.count - 1}, got ${index}`)
  }
  const [maps, logits] = captureOutputs(model, inputOf(test, index), [layer, ''])
  if (maps!.shape.length !== 4) throw new DataError(`${layer}: its output is no maps`)
  const [, count, height, width] = maps!.shape as [number, number, number, number]
  const tiles = splitMaps(maps!)
    .slice(0, shown)
    .map((map) => greyMap(map, width))
  const zoom = Math.max(1, Math.round(48 / width))
  const predicted = argmax(logits!.data)
  return {
    ...{ epoch: trainedOn.epoch ?? null, layer, maps: count, height, width, shown: tiles.length },
    label: test.classes[test.labels[index]!]!,
    predicted: test.classes[predicted]!,
    probability: probabilityOf(logits!.data, predicted),
    image: pngUrl(datasetImage(test, index)),
    picture: pngUrl(montage(tiles, { columns: 16, zoom, gap: 4 })),
  }
}

/** (1, C, H, W), normalized as in training. */
function inputOf({ images, channels, height, width, mean, std }: ImageDataset, index: number): Tensor {
  const area = height * width
  const size = channels * area
  const values = Float32Array.from({ length: size }, (_, i) => {
    const channel = Math.floor(i / area)
    return (images[index * size + i]! / 255 - mean[channel]!) / std[channel]!
  })
  return tensor(values, [1, channels, height, width])
}
