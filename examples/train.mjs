// The library example of the README: `node examples/train.mjs` (a minute).
import { scope, tensor } from 'ghostgrad'
import { augmentPresets, DataLoader, loadDataset } from 'ghostgrad/data'
import * as F from 'ghostgrad/functional'
import { createModel } from 'ghostgrad/models'
import { SGD } from 'ghostgrad/optim'

const { train } = await loadDataset('cifar10-sample')
const loader = new DataLoader(train, {
  batchSize: 50,
  order: 'shuffle',
  seed: 0,
  augment: augmentPresets.standard,
  dropLast: true,
})
const model = createModel('ghost-resnet20', { seed: 0 })
const optimizer = new SGD(model.namedParameters(), { lr: 0.05, momentum: 0.9 })

for (let epoch = 0; epoch < 5; epoch++) {
  for await (const batch of loader.epoch(epoch)) {
    scope(() => {
      const loss = F.crossEntropy(model.call(tensor(batch.images, batch.shape)), batch.labels)
      loss.backward()
      optimizer.step()
      optimizer.zeroGrad()
      if (batch.step === 0) console.log(`epoch ${epoch}: loss ${loss.item().toFixed(3)}`)
    })
  }
}
