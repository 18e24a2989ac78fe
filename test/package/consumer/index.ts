/** What a program in TypeScript does with the package, from every entry point: `package.test.ts` checks its types and runs it. */
import { backward, createBackend, scope, setBackend, type Tensor, tensor } from 'ghostgrad'
import { type Batch, DataLoader, loadDataset } from 'ghostgrad/data'
import { alone, type Communicator } from 'ghostgrad/distributed'
import { recipes } from 'ghostgrad/experiments'
import { explain } from 'ghostgrad/explain'
import * as F from 'ghostgrad/functional'
import { encodeSafetensors } from 'ghostgrad/io'
import { createModel } from 'ghostgrad/models'
import { Linear, Module, Sequential } from 'ghostgrad/nn'
import { cosine, SGD } from 'ghostgrad/optim'
import { pruningPlans } from 'ghostgrad/prune'
import { type StepResult, Trainer, trainStep } from 'ghostgrad/train'

class Net extends Module {
  readonly fc = new Linear(3 * 32 * 32, 10)
  forward(x: Tensor): Tensor {
    return this.fc.call(F.flatten(x))
  }
}

setBackend(createBackend('wasm', { threads: 1 }))
const { train } = await loadDataset('cifar10-sample')
const trainLoader = new DataLoader(train, { batchSize: 50, order: 'shuffle', worker: false })
const model = new Sequential(new Net())
const optimizer = new SGD(model.namedParameters(), { lr: 0.01 })
const communicator: Communicator = alone
const step = (batch: Batch): StepResult => trainStep(model, optimizer, batch, { communicator })
for await (const batch of trainLoader.epoch(0)) {
  const { loss } = step(batch)
  if (!(loss > 0)) throw new Error(`expected a loss, got ${loss}`)
  break
}
const trainer = new Trainer({
  model,
  optimizer,
  schedule: cosine({ lr: 0.01, steps: 2 }),
  trainLoader,
  epochs: 1,
  maxSteps: 2,
})
const reason: 'finished' | 'max-steps' | 'early-stopped' | 'stopped' | 'interrupted' = await trainer.fit()

// @ts-expect-error: types are told, and not `any`
const wrong: string = tensor([1], [1])

const x = tensor([1, 2], [2], { requiresGrad: true })
scope(() => backward(F.sum(F.square(x))))
const explained = explain(F.sum(F.square(tensor([1, 2], [2], { requiresGrad: true }))))
console.log(
  JSON.stringify({
    reason,
    gradient: x.grad?.toArray(),
    weights: createModel('resnet20').numParameters,
    file: encodeSafetensors(model.stateDict()).length > 0,
    explained: explained.nodes.length > 0,
    wrong: typeof wrong,
    others: [Object.keys(recipes).length > 0, pruningPlans.length > 0],
  }),
)
