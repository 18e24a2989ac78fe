// A network of your own: npx ghostgrad train --model examples/ownModel.mjs --data cifar10-sample --epochs 2
import {
  AdaptiveAvgPool2d,
  BatchNorm2d,
  Conv2d,
  Dropout,
  Flatten,
  Linear,
  Module,
  ReLU,
  Sequential,
} from 'ghostgrad/nn'

/** Settings that the network takes besides the number of classes and the size of the images. */
export const options = ['width', 'dropout']

const block = (inChannels, outChannels, stride) =>
  new Sequential(
    new Conv2d(inChannels, outChannels, 3, { stride, padding: 1, bias: false }),
    new BatchNorm2d(outChannels),
    new ReLU(),
  )

export default class Small extends Module {
  constructor({ numClasses, width = 1, dropout = 0.1 }) {
    super()
    const [a, b, c] = [16, 32, 64].map((channels) => Math.round(width * channels))
    this.features = new Sequential(block(3, a, 1), block(a, b, 2), block(b, c, 2))
    this.pool = new Sequential(new AdaptiveAvgPool2d(1), new Flatten(), new Dropout(dropout))
    this.fc = new Linear(c, numClasses)
  }

  /** (N, 3, H, W) → logits (N, numClasses) */
  forward(x) {
    return this.fc.call(this.pool.call(this.features.call(x)))
  }
}
