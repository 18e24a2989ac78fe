/** One of the processes of `dataParallel.test.ts`: some steps in double precision, and the weights that come of them. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as F from '../../dist/src/autograd/functional.js'
import { alone, joinMpi } from '../../dist/src/distributed/index.js'
import { Generator, ReferenceBackend, setBackend } from '../../dist/src/index.js'
import { BatchNorm2d, Conv2d, Linear, Module, syncBatchNorm } from '../../dist/src/nn/index.js'
import { SGD } from '../../dist/src/optim/index.js'
import { shareOf } from '../../dist/src/train/dataParallel.js'
import { trainStep } from '../../dist/src/train/stepper.js'

const [how, count, folder] = [process.argv[2], Number(process.argv[3]), process.argv[4]]
const communicator = how === 'alone' ? alone : await joinMpi()
setBackend(new ReferenceBackend('float64'))

class Net extends Module {
  constructor(generator) {
    super()
    this.conv1 = new Conv2d(2, 4, 3, { padding: 1, bias: false, generator })
    this.bn1 = new BatchNorm2d(4)
    this.conv2 = new Conv2d(4, 4, 3, { padding: 1, bias: false, generator })
    this.bn2 = new BatchNorm2d(4)
    this.fc = new Linear(4 * 16, 3, { generator })
  }
  forward(x) {
    const y = this.bn1.call(this.conv1.call(x), { relu: true })
    return this.fc.call(F.flatten(this.bn2.call(this.conv2.call(y), { residual: y, relu: true })))
  }
}

const generator = new Generator(1)
const model = new Net(generator)
if (how === 'sync') syncBatchNorm(model, (values) => communicator.allReduce(values))
const optimizer = new SGD(model.namedParameters(), { lr: 0.1, momentum: 0.9 })
const results = [0, 1, 2].map((step) => {
  const images = Float32Array.from({ length: count * 32 }, () => generator.normal())
  const labels = Int32Array.from({ length: count }, () => generator.integer(3))
  const batch = shareOf({ images, labels, count, shape: [count, 2, 4, 4], step }, communicator)
  return trainStep(model, optimizer, batch, { communicator, clipNorm: 0.5 })
})
const weights = Object.fromEntries(Array.from(model.namedParameters(), ([name, { values }]) => [name, [...values]]))
const buffers = Object.fromEntries(Array.from(model.namedBuffers(), ([name, { values }]) => [name, [...values]]))
// Launchers mix the output of several processes.
writeFileSync(join(folder, `${how}-${communicator.rank}.json`), JSON.stringify({ results, weights, buffers }))
communicator.close()
