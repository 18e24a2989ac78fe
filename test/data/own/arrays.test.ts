import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { FileArray } from '../../../src/io/fileArray.js'
import { encodeNpy } from '../../../src/io/npy.js'
import { encodeNpz } from '../../../src/io/npz.js'
import { temporaryFolder } from '../support.js'
import { load, writeFiles } from './support.js'

const images = (shape: number[], first = 0): FileArray => ({
  ...{ dtype: 'U8', shape },
  data: Uint8Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => (first + i) % 256),
})

const labels = (...list: number[]): FileArray => ({
  dtype: 'I64',
  shape: [list.length],
  data: BigInt64Array.from(list, BigInt),
})

function npyFolder(arrays: Readonly<Record<string, FileArray>>): string {
  const root = temporaryFolder()
  writeFiles(root, Object.fromEntries(Object.entries(arrays).map(([name, array]) => [`${name}.npy`, encodeNpy(array)])))
  return root
}

describe('arrays of NumPy', () => {
  it('in npy files keep their own size', async () => {
    const root = npyFolder({
      ...{ x_train: images([4, 3, 5, 5]), y_train: labels(0, 1, 2, 0) },
      ...{ x_test: images([2, 3, 5, 5], 7), y_test: labels(2, 1) },
    })
    const { train, test, report } = await load(root, { imageSize: null })
    expect([train.height, train.width, train.count, test.count]).toEqual([5, 5, 4, 2])
    expect([...train.images]).toEqual([...images([300]).data]) // channels first, as they are kept
    expect([...test.labels]).toEqual([2, 1])
    expect(train.classes).toEqual(['0', '1', '2'])
    expect(report.cacheFile).toBe(null) // there is nothing to decode
  })

  it('with channels last, and of one channel', async () => {
    const last = await load(npyFolder({ x: images([2, 4, 4, 3]), y: labels(0, 1) }), { imageSize: 4 })
    const planes = [...last.train.images, ...last.test.images]
    expect(planes.slice(0, 3)).toEqual([0, 3, 6])
    const grey = await load(npyFolder({ images: images([2, 4, 4]), labels: labels(5, 3) }), { imageSize: 4 })
    expect([...grey.train.images.subarray(0, 16)]).toEqual([...grey.train.images.subarray(32, 48)])
    expect(grey.train.classes).toEqual(['3', '5'])
  })

  it('in an npz file, with labels in a column, scaled to another size', async () => {
    const root = temporaryFolder()
    const column = { ...labels(0, 1, 1), shape: [3, 1] }
    const arrays = {
      train_images: images([3, 6, 6]),
      train_labels: column,
      val_images: images([1, 6, 6]),
      val_labels: labels(1),
    }
    writeFiles(root, { 'set.npz': encodeNpz(arrays) })
    const { train, validation, test, report } = await load(join(root, 'set.npz'), { imageSize: 12 })
    expect([train.height, train.count, validation!.count, test.count]).toEqual([12, 3, 1, 0])
    expect(report.cacheFile).not.toBe(null)
  })

  it.each<[string, Record<string, FileArray>, RegExp]>([
    [
      'of normalized floats',
      { x: { dtype: 'F32', shape: [1, 2, 2], data: Float32Array.of(-2, 0, 1, 2) }, y: labels(0) },
      /got F32 from -2 to 2: undo their normalization/,
    ],
    [
      'of floats with a NaN',
      { x: { dtype: 'F32', shape: [1, 2, 2], data: Float32Array.of(0, Number.NaN, 1, 0) }, y: labels(0) },
      /got F32 from NaN/,
    ],
    ['of two channels', { x: images([2, 2, 5, 5]), y: labels(0, 1) }, /got \(2, 2, 5, 5\)/],
    ['without labels', { x_train: images([2, 4, 4]) }, /the train arrays: expected images and labels/],
    ['with too few labels', { x: images([2, 4, 4]), y: labels(0) }, /expected 2 labels for as many images, got \(1,\)/],
    ['with labels below 0', { x: images([2, 4, 4]), y: labels(0, -1) }, /whole numbers from 0, .*got -1/],
  ])('%s are refused', async (_, arrays, message) => {
    await expect(load(npyFolder(arrays))).rejects.toThrow(message)
  })

  it('that say they are larger than their file are refused', async () => {
    const root = npyFolder({ x: images([2, 4, 4]), y: labels(0, 1) })
    const lying = Buffer.from(encodeNpy(images([2, 4, 4])))
    lying.write('(99999999, 4, 4)', lying.indexOf('(2, 4, 4)'))
    writeFiles(root, { 'x.npy': lying })
    await expect(load(root)).rejects.toThrow(/not a valid npy file/)
  })
})
