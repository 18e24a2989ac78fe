import { expect, test } from 'vitest'
import { datasetNames, loadDataset } from '../../src/data/index.js'
import { datasetSizes } from '../../src/data/loadDataset.js'
import { md5, sampleFile } from './support.js'

test('the sample has 50 training and 20 test images of every class', async () => {
  const { train, test: held } = await loadDataset('cifar10-sample')
  for (const [dataset, each] of [
    [train, 50],
    [held, 20],
  ] as const) {
    const counts = new Array(10).fill(0)
    for (const label of dataset.labels) counts[label]++
    expect(counts).toEqual(new Array(10).fill(each))
    expect(datasetSizes['cifar10-sample']![dataset === train ? 'train' : 'test']).toBe(dataset.count)
    expect(dataset.images.length).toBe(dataset.count * 3 * 32 * 32)
  }
})

test('the shipped files are the ones drawn from the official data', () => {
  expect(md5(sampleFile('train'))).toBe('8be250bcee7777bd3b70f2e0f90efafd')
  expect(md5(sampleFile('test'))).toBe('aa71a60cb185aec5fb9e7d2b3f08a29f')
})

test('an unknown data set is answered with the known ones', async () => {
  expect(datasetNames).toEqual(['cifar10', 'cifar100', 'cifar10-sample'])
  expect(Object.keys(datasetSizes)).toEqual(datasetNames)
  await expect(loadDataset('cifar')).rejects.toThrow(
    'data: expected one of cifar10, cifar100, cifar10-sample, or the path of images, got "cifar"',
  )
})
