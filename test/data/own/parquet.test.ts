import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { ByteWriter, parquetWrite } from 'hyparquet-writer'
import { beforeAll, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../support.js'
import { load, plainImage, shades, writeFiles } from './support.js'

/** One image a class. */
let bytes: Uint8Array[]

beforeAll(async () => {
  bytes = await Promise.all(
    Object.values(shades).map((shade) => plainImage(shade).then((image) => new Uint8Array(image))),
  )
})

const hub = {
  info: {
    features: {
      image: { _type: 'Image' },
      label: { names: ['apple', 'lime', 'plum'], _type: 'ClassLabel' },
    },
  },
}

/** As the `datasets` library of Hugging Face writes it: images in a struct, labels by number, names in the metadata. */
function hubFile(labels: readonly number[], change: Partial<Parameters<typeof parquetWrite>[0]> = {}): Uint8Array {
  const writer = new ByteWriter()
  parquetWrite({
    writer,
    columnData: [
      { name: 'image', data: labels.map((label) => ({ bytes: bytes[Math.max(0, label) % 3], path: `${label}.png` })) },
      { name: 'label', data: labels.map(BigInt) },
    ],
    schema: [
      { name: 'schema', num_children: 2 },
      { name: 'image', num_children: 2, repetition_type: 'OPTIONAL' },
      { name: 'bytes', type: 'BYTE_ARRAY', repetition_type: 'OPTIONAL' },
      { name: 'path', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
      { name: 'label', type: 'INT64', repetition_type: 'OPTIONAL' },
    ],
    rowGroupSize: 4,
    kvMetadata: [{ key: 'huggingface', value: JSON.stringify(hub) }],
    ...change,
  })
  return new Uint8Array(writer.getBuffer())
}

describe('parquet files', () => {
  it('of a dataset hub: splits by name, classes from the metadata, several row groups', async () => {
    const root = temporaryFolder()
    writeFiles(root, {
      'data/train-00000-of-00002-ab12.parquet': hubFile([0, 2, 2, 0, 1, 0]),
      'data/train-00001-of-00002-cd34.parquet': hubFile([1]),
      'data/validation-00000-of-00001.parquet': hubFile([2, 1]),
      'README.md': '',
    })
    const { train, validation, report } = await load(root)
    expect(train.classes).toEqual(['apple', 'lime', 'plum'])
    expect([[...train.labels], [...validation!.labels]]).toEqual([
      [0, 2, 2, 0, 1, 0, 1],
      [2, 1],
    ])
    const red = Array.from(train.labels, (_, i) => train.images[i * 192]!)
    expect(red).toEqual([200, 110, 110, 200, 60, 200, 60])
    expect(report.kind).toBe('parquet')
    expect(report.bad).toEqual([])
  })

  it.each(['UNCOMPRESSED', 'SNAPPY', 'GZIP'] as const)('compressed by %s', async (codec) => {
    const root = temporaryFolder()
    writeFiles(root, {
      'all.parquet': hubFile([0, 1, 2, 0, 1, 2], { codec, compressors: { GZIP: (input) => gzipSync(input) } }),
    })
    const { train, test } = await load(join(root, 'all.parquet'))
    expect([train.count, test.count]).toEqual([3, 3])
  })

  it('with bytes alone and labels in words', async () => {
    const writer = new ByteWriter()
    parquetWrite({
      writer,
      columnData: [
        { name: 'id', data: [7, 8], type: 'INT32' },
        { name: 'img', data: [bytes[0], bytes[1]], type: 'BYTE_ARRAY' },
        { name: 'class', data: ['red', 'green'], type: 'STRING' },
      ],
    })
    const root = temporaryFolder()
    writeFiles(root, { 'train.parquet': new Uint8Array(writer.getBuffer()) })
    const { train } = await load(root)
    expect(train.classes).toEqual(['green', 'red'])
    expect([...train.labels]).toEqual([1, 0])
  })

  it('list rows without a label or an image', async () => {
    const root = temporaryFolder()
    const columns = [
      {
        name: 'image',
        data: [bytes[0], null, new TextEncoder().encode('no image'), bytes[1], bytes[2]].map((b) => ({
          bytes: b,
          path: null,
        })),
      },
      { name: 'label', data: [0n, 1n, 2n, -1n, 3n] },
    ]
    writeFiles(root, { 'train.parquet': hubFile([], { columnData: columns }), 'test.parquet': hubFile([1]) })
    const { report } = await load(root, { skipBad: true })
    expect(report.bad.map(({ name }) => name)).toEqual([3, 4, 1, 2].map((row) => `train.parquet row ${row}`))
    expect(report.bad[0]!.reason).toBe('has no label that can be used (-1)')
    expect(report.bad[2]!.reason).toBe('has no bytes of an image')
  })

  it('that are none, are cut short, or lack columns are refused', async () => {
    const root = temporaryFolder()
    const whole = hubFile([0, 1])
    const cases: [Uint8Array, RegExp][] = [
      [new TextEncoder().encode('PAR1 nothing of the kind PAR1'), /not a parquet file of images and labels/],
      [whole.subarray(0, whole.length - 30), /not a parquet file of images and labels/],
      [new Uint8Array(0), /not a parquet file of images and labels/],
    ]
    for (const [content, message] of cases) {
      writeFiles(root, { 'train.parquet': content })
      await expect(load(root)).rejects.toThrow(message)
    }
    const writer = new ByteWriter()
    parquetWrite({
      writer,
      columnData: [
        { name: 'text', data: ['a'] },
        { name: 'label', data: [1] },
      ],
    })
    writeFiles(root, { 'train.parquet': new Uint8Array(writer.getBuffer()) })
    await expect(load(root)).rejects.toThrow(
      /expected a column of images \(image, img, images, picture …\), got text, label/,
    )
  })

  it('whose pages say they unpack to far more than they can are refused before there is memory for it', async () => {
    const { compressors } = await import('../../../src/data/own/parquetPages.js')
    const packed = new Uint8Array(100)
    expect(() => compressors.SNAPPY!(packed, 2 ** 29)).toThrow(/cannot unpack to the 536870912 that it says/)
    expect(() => compressors.GZIP!(packed, 2 ** 40)).toThrow(/more than 1073741824/)
    expect(() => compressors.GZIP!(gzipSync(new Uint8Array(5000)), 10)).toThrow()
  })
})
