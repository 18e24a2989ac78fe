import type { ImageDataset } from '../../data/dataset.js'
import { DataLoader } from '../../data/loader.js'
import { histogram } from '../../io/tensorboard/histogram.js'
import type { Parameter } from '../../nn/parameter.js'
import { scope } from '../../tensor/tensor.js'
import { runPasses } from '../../train/passes.js'
import type { LoadedModel } from '../../train/trained/openTrained.js'

/**
 * How the weights of each layer are spread, and the gradients that the first images of the training set give them: in training
 * mode, without augmentation.
 */
export async function histogramsOf({ model, trainedOn }: LoadedModel, train: ImageDataset, batchSize: number) {
  const loader = new DataLoader(train, { batchSize: Math.min(batchSize, train.count), worker: false })
  const { value: batch } = await loader.epoch(0).next()
  const weights = [...model.namedParameters()].filter(([, { shape }]) => shape.length >= 2)
  const before = weights.map(([, parameter]) => histogram(parameter.data))
  const gradients = scope(() => {
    model.train()
    runPasses(model, batch!, {})
    return weights.map(([, parameter]) => gradientHistogram(parameter))
  })
  return {
    ...{ epoch: trainedOn.epoch ?? null, images: batch!.count },
    layers: weights.map(([name, { shape }], i) => ({ name, shape, weights: before[i], gradients: gradients[i] })),
  }
}

const gradientHistogram = ({ gradArray }: Parameter) =>
  gradArray ? histogram(gradArray.backend.read(gradArray)) : histogram(new Float32Array())
