// A U-Net (Ronneberger et al. 2015, https://arxiv.org/abs/1505.04597) learns to mark made-up shapes, discs and squares in
// noise among stripes, pixel by pixel: `node examples/unet.mjs`. With --short it takes a few steps alone.
// After 120 steps, on new images: intersection over union 0.993 for nothing, 0.792 for discs, 0.874 for squares
// (half a minute on two cores).
import { Generator, manualSeed, noGrad, scope, tensor } from 'ghostgrad'
import * as F from 'ghostgrad/functional'
import { BatchNorm2d, Conv2d, ConvTranspose2d, Module, ReLU, Sequential } from 'ghostgrad/nn'
import { AdamW, cosine } from 'ghostgrad/optim'

const size = 32

/** Images (count, 1, 32, 32) and a class for each pixel: 0 nothing, 1 disc, 2 square. */
function draw(count, generator) {
  const pixels = count * size * size
  const [images, labels] = [new Float32Array(pixels), new Int32Array(pixels)]
  const between = (low, high) => low + (high - low) * generator.uniform()
  for (let n = 0; n < count; n++) {
    const tilt = between(0.3, 1)
    const shapes = [1, 2].map((kind) => ({ kind, x: between(6, 26), y: between(6, 26), radius: between(3, 7) }))
    for (let i = 0; i < size * size; i++) {
      const [row, column] = [Math.floor(i / size), i % size]
      images[n * size * size + i] = 0.5 * Math.sin(tilt * (row + column)) + 0.3 * generator.normal()
      for (const { kind, x, y, radius } of shapes) {
        const [down, along] = [Math.abs(row - y), Math.abs(column - x)]
        const isInside = kind === 1 ? Math.hypot(down, along) < radius : Math.max(down, along) < radius
        if (!isInside) continue
        images[n * size * size + i] += 1
        labels[n * size * size + i] = kind
      }
    }
  }
  return { images: tensor(images, [count, 1, size, size]), labels }
}

const twice = (from, to) =>
  new Sequential(
    ...[from, to].flatMap((inputs) => [
      new Conv2d(inputs, to, 3, { padding: 1, bias: false }),
      new BatchNorm2d(to),
      new ReLU(),
    ]),
  )

/** Down to a quarter of the size and up again, where each level sees the one of the same size on the way down. */
class UNet extends Module {
  constructor(classes, widths = [16, 32, 64]) {
    super()
    this.down = widths.map((width, i) => twice(widths[i - 1] ?? 1, width))
    const up = widths.slice(0, -1).reverse()
    this.enlarge = up.map((width) => new ConvTranspose2d(2 * width, width, 2, { stride: 2 }))
    this.up = up.map((width) => twice(2 * width, width))
    this.head = new Conv2d(widths[0], classes, 1)
  }

  forward(x) {
    const levels = this.down.map((block, i) => (x = block.call(i > 0 ? F.maxPool2d(x, 2) : x)))
    this.up.forEach((block, i) => {
      x = block.call(F.concat([levels.at(-2 - i), this.enlarge[i].call(x)], 1))
    })
    return this.head.call(x)
  }
}

manualSeed(0)
const isShort = process.argv.includes('--short')
const steps = isShort ? 5 : 120
const generator = new Generator(0)
const model = new UNet(3)
const optimizer = new AdamW(model.namedParameters(), { lr: 3e-3 })
const schedule = cosine({ lr: 3e-3, steps })

for (let step = 0; step < steps; step++) {
  optimizer.lr = schedule(step)
  scope(() => {
    const { images, labels } = draw(16, generator)
    const loss = F.crossEntropy(model.call(images), labels)
    loss.backward()
    optimizer.step()
    optimizer.zeroGrad()
    if (step % 50 === 0) console.log(`step ${step}: loss ${loss.item().toFixed(3)}`)
  })
}

model.eval()
const { images, labels } = draw(128, new Generator(1))
const scores = noGrad(() => F.permute(model.call(images), [0, 2, 3, 1]).values)
const guesses = labels.map((_, i) =>
  [0, 1, 2].reduce((best, k) => (scores[3 * i + k] > scores[3 * i + best] ? k : best), 0),
)
for (const [kind, name] of ['nothing', 'disc', 'square'].entries()) {
  const union = labels.filter((label, i) => label === kind || guesses[i] === kind).length
  const both = labels.filter((label, i) => label === kind && guesses[i] === kind).length
  console.log(`${name}: intersection over union ${(both / union).toFixed(3)}`)
}
