import { loadSample } from '../../playground/worker/sample.js'
import * as F from '../../src/autograd/functional.js'
import { noGrad } from '../../src/autograd/gradMode.js'
import { DataLoader } from '../../src/data/loader.js'
import { augmentPresets, normalizePlanes } from '../../src/data/transforms.js'
import { ReLU } from '../../src/nn/activation.js'
import { BatchNorm2d } from '../../src/nn/batchNorm.js'
import { Conv2d } from '../../src/nn/conv2d.js'
import { Flatten } from '../../src/nn/flatten.js'
import { GhostModule } from '../../src/nn/ghostModule.js'
import { Linear } from '../../src/nn/linear.js'
import { AdaptiveAvgPool2d } from '../../src/nn/pool.js'
import { Sequential } from '../../src/nn/sequential.js'
import { CosineLR } from '../../src/optim/scheduler.js'
import { SGD } from '../../src/optim/sgd.js'
import { tensor } from '../../src/tensor/create.js'
import { Generator } from '../../src/tensor/random.js'
import { scope } from '../../src/tensor/tensor.js'

const size = 16
const intrinsic = 6
const stepsBetween = 10

export interface GhostFrame {
  loss: number
  /** Grey, 0 … 1, (size, size) each: the intrinsic maps, then the ghost of each. */
  maps: number[][]
  /** Of each ghost: its 3 × 3 filter. */
  filters: number[][]
}

export interface GhostValues {
  size: number
  /** Red, green and blue bytes (3, 32, 32). */
  image: Uint8Array
  label: string
  frames: GhostFrame[]
}

/** A small network learns on the 500 images of the sample; its second layer is a Ghost module, which is watched on one image. */
export async function computeGhosts({ image: index }: { image: number }): Promise<GhostValues> {
  const train = await loadSample('train')
  const generator = new Generator(0)
  const ghost = new GhostModule(12, 2 * intrinsic, { kernel: 3, generator })
  const stem = new Sequential(
    new Conv2d(3, 12, 3, { padding: 1, stride: 2, bias: false, generator }),
    new BatchNorm2d(12),
    new ReLU(),
  )
  const head = new Sequential(
    new AdaptiveAvgPool2d(4),
    new Flatten(),
    new Linear(2 * intrinsic * 16, 10, { generator }),
  )
  const model = new Sequential(stem, ghost, head)
  const epochs = 6
  const options = { batchSize: 25, order: 'shuffle', seed: 0, augment: augmentPresets.standard, worker: false } as const
  const loader = new DataLoader(train, options)
  const optimizer = new SGD(model.namedParameters(), { lr: 0.1, momentum: 0.9 })
  const scheduler = new CosineLR(optimizer, { steps: epochs * loader.stepsPerEpoch })
  const bytes = 3 * 32 * 32
  const image = train.images.slice(index * bytes, (index + 1) * bytes)
  const pixels = normalizePlanes(image, train)
  const frames: GhostFrame[] = []

  const watch = (loss: number): void => {
    model.eval()
    const { data } = noGrad(() => ghost.call(stem.call(tensor(pixels, [1, 3, 32, 32]))))
    model.train()
    const area = size * size
    const maps = Array.from({ length: 2 * intrinsic }, (_, i) => grey(data.subarray(i * area, (i + 1) * area)))
    const weights = Array.from(model.namedParameters()).find(([name]) => name.includes('cheap_operation'))![1].values
    const filters = Array.from({ length: intrinsic }, (_, i) => Array.from(weights.slice(i * 9, (i + 1) * 9)))
    frames.push({ loss, maps, filters })
  }

  let step = 0
  for (let epoch = 0; epoch < epochs; epoch++) {
    for await (const { images, shape, labels } of loader.epoch(epoch)) {
      scope(() => {
        const loss = F.crossEntropy(model.call(tensor(images, shape)), labels)
        if (step++ % stepsBetween === 0) watch(loss.item())
        loss.backward()
        optimizer.step()
        optimizer.zeroGrad()
        scheduler.step()
      })
    }
  }
  return { size, image, label: train.classes[train.labels[index]!]!, frames }
}

/** From the smallest number to the largest. */
function grey(values: ArrayLike<number>): number[] {
  const all = Array.from(values)
  const least = Math.min(...all)
  const most = Math.max(...all)
  return all.map((v) => Number(((v - least) / (most - least || 1)).toFixed(3)))
}
