// A small network of ConvNeXt blocks (Liu et al. 2022, https://arxiv.org/abs/2201.03545) on the 500 images of the
// CIFAR-10 sample: `node examples/convNext.mjs`. With --short it takes a few steps alone.
// After 12 epochs 32.0 % of the 200 test images are right (half a minute on two cores).
import { noGrad, scope, tensor } from 'ghostgrad'
import { accuracy, augmentPresets, DataLoader, loadDataset } from 'ghostgrad/data'
import * as F from 'ghostgrad/functional'
import { Conv2d, LayerNorm, LayerNorm2d, Linear, Module, Sequential } from 'ghostgrad/nn'
import { AdamW, cosine } from 'ghostgrad/optim'

/** 7×7 depthwise, layer norm over the channels, and a perceptron with four times as many, beside the input itself. */
class Block extends Module {
  constructor(channels) {
    super()
    this.depthwise = new Conv2d(channels, channels, 7, { padding: 3, groups: channels })
    this.norm = new LayerNorm2d(channels, { eps: 1e-6 })
    this.expand = new Conv2d(channels, 4 * channels, 1)
    this.shrink = new Conv2d(4 * channels, channels, 1)
  }

  forward(x) {
    const y = this.expand.call(this.norm.call(this.depthwise.call(x)))
    return F.add(x, this.shrink.call(F.gelu(y)))
  }
}

/** Half as high and wide. */
const downsample = (from, to) =>
  new Sequential(new LayerNorm2d(from, { eps: 1e-6 }), new Conv2d(from, to, 2, { stride: 2 }))

class ConvNext extends Module {
  constructor([first, second], classes) {
    super()
    this.stem = new Sequential(new Conv2d(3, first, 2, { stride: 2 }), new LayerNorm2d(first, { eps: 1e-6 }))
    this.stages = new Sequential(
      new Block(first),
      new Block(first),
      downsample(first, second),
      new Block(second),
      new Block(second),
    )
    this.norm = new LayerNorm(second, { eps: 1e-6 })
    this.head = new Linear(second, classes)
  }

  forward(x) {
    const planes = this.stages.call(this.stem.call(x))
    return this.head.call(this.norm.call(F.mean(planes, [2, 3])))
  }
}

const isShort = process.argv.includes('--short')
const epochs = isShort ? 1 : 12
const { train, test } = await loadDataset('cifar10-sample')
const loader = new DataLoader(train, {
  batchSize: 50,
  order: 'shuffle',
  augment: augmentPresets.standard,
  dropLast: true,
})
const model = new ConvNext([32, 64], 10)
const optimizer = new AdamW(model.namedParameters(), { lr: 2e-3, weightDecay: 0.05 })
const schedule = cosine({ lr: 2e-3, steps: epochs * loader.stepsPerEpoch })

for (let epoch = 0, step = 0; epoch < epochs; epoch++) {
  let total = 0
  let steps = 0
  for await (const { images, labels, shape } of loader.epoch(epoch)) {
    optimizer.lr = schedule(step++)
    scope(() => {
      const loss = F.crossEntropy(model.call(tensor(images, shape)), labels, { labelSmoothing: 0.1 })
      loss.backward()
      optimizer.step()
      optimizer.zeroGrad()
      total += loss.item()
    })
    if (++steps === 3 && isShort) break
  }
  console.log(`epoch ${epoch}: loss ${(total / steps).toFixed(3)}`)
}

model.eval()
let correct = 0
for await (const { images, labels, shape, count } of new DataLoader(test, { batchSize: 100 }).epoch(0)) {
  const logits = noGrad(() => scope(() => model.call(tensor(images, shape)).values))
  correct += count * accuracy(logits, labels)
}
console.log(`${((100 * correct) / test.count).toFixed(1)} % of ${test.count} test images`)
