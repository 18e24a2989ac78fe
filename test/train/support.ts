import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import * as F from '../../src/autograd/functional.js'
import { type ImageDataset, sharedBytes } from '../../src/data/dataset.js'
import { DataLoader } from '../../src/data/loader.js'
import { BatchNorm2d } from '../../src/nn/batchNorm.js'
import { Conv2d } from '../../src/nn/conv2d.js'
import { Dropout } from '../../src/nn/dropout.js'
import { Linear } from '../../src/nn/linear.js'
import { Module } from '../../src/nn/module.js'
import { Generator } from '../../src/tensor/random.js'
import type { Tensor } from '../../src/tensor/tensor.js'

/** A convolution, batch norm, dropout and a classifier on images (N, 1, 4, 4) of three classes. */
export class TinyNet extends Module {
  readonly conv: Conv2d
  readonly bn = new BatchNorm2d(4)
  readonly dropout: Dropout
  readonly fc: Linear

  constructor(generator: Generator) {
    super()
    this.conv = new Conv2d(1, 4, 3, { padding: 1, bias: false, generator })
    this.dropout = new Dropout(0.3, { generator })
    this.fc = new Linear(4 * 4 * 4, 3, { generator })
  }

  forward(x: Tensor): Tensor {
    const y = this.bn.call(this.conv.call(x), { relu: true })
    return this.fc.call(this.dropout.call(F.flatten(y)))
  }
}

/** Noise, with a bright row that tells the class. */
export function tinyDataset(count: number): ImageDataset {
  const generator = new Generator(5)
  const images = sharedBytes(count * 16)
  const labels = sharedBytes(count)
  for (let i = 0; i < count; i++) {
    labels[i] = i % 3
    for (let p = 0; p < 16; p++) images[i * 16 + p] = generator.integer(100) + (p >> 2 === labels[i] ? 120 : 0)
  }
  return {
    ...{ name: 'tiny', images, labels, count, channels: 1, height: 4, width: 4 },
    ...{ classes: ['a', 'b', 'c'], mean: [0.3], std: [0.3] },
  }
}

/** Batches of `batchSize` in a new order each epoch, prepared on demand. */
export function tinyLoader(count: number, batchSize: number, order: 'shuffle' | 'sequential' = 'shuffle'): DataLoader {
  return new DataLoader(tinyDataset(count), { batchSize, order, seed: 1, worker: false })
}

/** A function that makes a new folder for each test and removes it afterwards. */
export function temporaryFolders(): () => string {
  const made: string[] = []
  afterEach(() => {
    for (const folder of made.splice(0)) rmSync(folder, { recursive: true })
  })
  return () => {
    made.push(mkdtempSync(join(tmpdir(), 'ghostgrad-')))
    return made.at(-1)!
  }
}
