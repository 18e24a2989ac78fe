// Lesson 7, training: `node examples/learn/07-training.mjs`. The text is docs/learn/07-training.md.
import { Generator, noGrad, ReferenceBackend, scope, setBackend, tensor, WasmBackend } from 'ghostgrad'
import { accuracy, augmentPresets, DataLoader, loadDataset } from 'ghostgrad/data'
import * as F from 'ghostgrad/functional'
import { AdaptiveAvgPool2d, BatchNorm2d, Conv2d, Flatten, GhostModule, Linear, ReLU, Sequential } from 'ghostgrad/nn'
import { CosineLR, cosine, SGD } from 'ghostgrad/optim'

setBackend(new ReferenceBackend('float64'))

/** One step of each number of p by its gradient g; b is what momentum remembers. */
const step = (p, g, b, { lr, momentum = 0, weightDecay = 0, nesterov = false }) => {
  for (let i = 0; i < p.length; i++) {
    const gradient = g[i] + weightDecay * p[i]
    b[i] = momentum * b[i] + gradient
    p[i] -= lr * (nesterov ? gradient + momentum * b[i] : b[i])
  }
}

/** A valley with its lowest point at (1, 1), twenty-five times as steep across as along. */
const valley = (p) =>
  p
    .sub(1)
    .square()
    .mul(tensor([1, 25]))
    .sum()
    .mul(0.5)

for (const options of [
  { lr: 0.03 },
  { lr: 0.03, momentum: 0.9 },
  { lr: 0.03, momentum: 0.9, nesterov: true },
  { lr: 0.03, momentum: 0.9, nesterov: true, weightDecay: 0.1 },
]) {
  const p = tensor([0, 0], { requiresGrad: true })
  const optimizer = new SGD([['p', p]], options)
  const byHand = { p: [0, 0], b: [0, 0] }
  for (let i = 0; i < 100; i++) {
    valley(p).backward()
    step(byHand.p, p.grad.values, byHand.b, options)
    optimizer.step()
    optimizer.zeroGrad()
  }
  const [x, y] = p.values
  const same = Math.abs(x - byHand.p[0]) + Math.abs(y - byHand.p[1]) < 1e-12
  console.log(`${JSON.stringify(options)}\n    ends at (${x.toFixed(4)}, ${y.toFixed(4)}), by hand the same: ${same}`)
}

const schedule = cosine({ lr: 0.05, steps: 200 })
for (const k of [0, 50, 100, 150, 200]) {
  const byHand = (0.05 * (1 + Math.cos((Math.PI * k) / 200))) / 2
  console.log(`step ${k}: ${schedule(k).toFixed(5)}, by the formula ${byHand.toFixed(5)}`)
}

const scores = tensor([[2, 1, 0, -1]], { requiresGrad: true })
const right = tensor([[0, 1, 0, 0]]) // the second class
F.crossEntropy(scores, [1]).backward()
const digits = (x) => Array.from(x.values, (v) => v.toFixed(4)).join(', ')
console.log(`dscores ${digits(scores.grad)}, by the formula ${digits(F.softmax(scores).sub(right))}`)

setBackend(new WasmBackend({ threads: 1 })) // the fast kernels, in float32

const generator = new Generator(0)
const model = new Sequential(
  new Conv2d(3, 16, 3, { padding: 1, stride: 2, bias: false, generator }), // 16 × 16
  new BatchNorm2d(16),
  new ReLU(),
  new GhostModule(16, 32, { kernel: 3, generator }),
  new GhostModule(32, 64, { kernel: 3, stride: 2, generator }), // 8 × 8
  new GhostModule(64, 64, { kernel: 3, generator }),
  new AdaptiveAvgPool2d(1), // the mean of each map
  new Flatten(),
  new Linear(64, 10, { generator }),
)

const { train, test } = await loadDataset('cifar10-sample')
const loader = new DataLoader(train, {
  batchSize: 25,
  order: 'shuffle',
  seed: 0,
  augment: augmentPresets.standard,
  worker: false,
})
const epochs = 15
const optimizer = new SGD(model.namedParameters(), { lr: 0.05, momentum: 0.9, nesterov: true, weightDecay: 5e-4 })
const scheduler = new CosineLR(optimizer, { steps: epochs * loader.stepsPerEpoch })
console.log(`${model.numParameters} weights, ${train.count} images, ${loader.stepsPerEpoch} steps an epoch`)

for (let epoch = 0; epoch < epochs; epoch++) {
  let sum = 0
  for await (const { images, shape, labels } of loader.epoch(epoch)) {
    scope(() => {
      const loss = F.crossEntropy(model.call(tensor(images, shape)), labels)
      loss.backward()
      optimizer.step()
      optimizer.zeroGrad()
      scheduler.step()
      sum += loss.item()
    })
  }
  console.log(`epoch ${epoch + 1}: loss ${(sum / loader.stepsPerEpoch).toFixed(2)}`)
}

model.eval()
for (const [name, split] of Object.entries({ training: train, test })) {
  for await (const { images, shape, labels } of new DataLoader(split, { batchSize: split.count }).epoch(0)) {
    const logits = noGrad(() => model.call(tensor(images, shape)))
    console.log(`${name} images: ${Math.round(100 * accuracy(logits.data, labels))} % right`)
  }
}
