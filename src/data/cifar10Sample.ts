import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { packageRoot } from '../packageRoot.js'
import type { DatasetSplits } from './cifar10.js'
import { datasetFromRecords } from './cifarRecords.js'

/**
 * A stratified sample of CIFAR-10 that ships with the package: 500 training images (50 a class) and 200 test images (20 a
 * class), for tests, demonstrations and machines without a network. Too few to learn much from; `scripts/makeSample.mjs` drew it.
 */
export async function loadCifar10Sample(): Promise<DatasetSplits> {
  const load = async (split: 'train' | 'test') => {
    const path = fileURLToPath(new URL(`assets/cifar10-sample/${split}.bin`, packageRoot))
    return datasetFromRecords(`cifar10-sample/${split}`, [{ path, bytes: await readFile(path) }])
  }
  return { train: await load('train'), test: await load('test') }
}
