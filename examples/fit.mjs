// Training by one call, with callbacks.
import { augmentByName, loadDataset } from 'ghostgrad/data'
import { createModel } from 'ghostgrad/models'
import { fit } from 'ghostgrad/train'

const { train, test } = await loadDataset('cifar10-sample')
const model = createModel('mobilenetv1', { width: 0.25, seed: 0 })
const deadline = Date.now() + 60_000

const { records, best } = await fit(model, {
  train,
  validation: test,
  epochs: 3,
  batchSize: 50,
  augment: augmentByName('rand-m5-n1'),
  patience: 5,
  restoreBest: true,
  callbacks: [
    { onEpoch: ({ epoch, trainLoss, valAccuracy }) => console.log(epoch, trainLoss.toFixed(3), valAccuracy) },
    { onStep: (_, { stop }) => Date.now() > deadline && stop() },
    { onTrainEnd: ({ reason, step }) => console.log(`${reason} after ${step} steps`) },
  ],
})

console.log(`${records.length} epochs; the model has the weights of epoch ${best?.epoch}`)
