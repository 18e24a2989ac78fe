import { describe, expect, test } from 'vitest'
import { datasetFromRecords, imageBytes, recordBytes, toRecords } from '../../src/data/cifarRecords.js'
import { sampleFile } from './support.js'

describe('CIFAR-10 records', () => {
  test('label and planes of every record come back bit for bit', () => {
    const bytes = sampleFile('test')
    const { images, labels, count } = datasetFromRecords('test', [{ path: 'test.bin', bytes }])
    expect(count).toBe(200)
    expect(images.buffer).toBeInstanceOf(SharedArrayBuffer)
    expect(Buffer.from(toRecords(labels, images, 'planar')).equals(bytes)).toBe(true)
  })

  test('several files follow each other', () => {
    const bytes = sampleFile('test')
    const half = 100 * recordBytes
    const files = [bytes.subarray(0, half), bytes.subarray(half)].map((part, i) => ({ path: `${i}.bin`, bytes: part }))
    const { images, labels } = datasetFromRecords('test', files)
    expect(Buffer.from(toRecords(labels, images, 'planar')).equals(bytes)).toBe(true)
  })

  test('interleaved pixels become planes', () => {
    const pixels = Uint8Array.from({ length: imageBytes }, (_, i) => i % 3) // red 0, green 1, blue 2
    const record = toRecords([7], pixels, 'interleaved')
    expect(record[0]).toBe(7)
    expect([...new Set(record.subarray(1, 1025))]).toEqual([0])
    expect([...new Set(record.subarray(1025, 2049))]).toEqual([1])
    expect([...new Set(record.subarray(2049))]).toEqual([2])
  })

  test('a file of the wrong size and a label out of range are named', () => {
    const load = (bytes: Uint8Array) => () => datasetFromRecords('bad', [{ path: 'bad.bin', bytes }])
    expect(load(new Uint8Array(5000))).toThrow('bad.bin: expected CIFAR-10 records of 3073 bytes each, got 5000 bytes')
    const bytes = new Uint8Array(2 * recordBytes)
    bytes[recordBytes] = 11
    expect(load(bytes)).toThrow('bad.bin: expected labels 0 to 9, got 11 in record 1')
  })
})
