import { join } from 'node:path'
import { deflateRawSync, gzipSync } from 'node:zlib'
import { packTar } from 'modern-tar'
import { beforeAll, describe, expect, it } from 'vitest'
import { encodeNpy } from '../../../src/io/npy.js'
import { writeZip } from '../../../src/io/zip/write.js'
import { temporaryFolder } from '../support.js'
import { load, plainImage, shades, writeFiles } from './support.js'

let png: Buffer
let jpeg: Buffer

beforeAll(async () => {
  png = await plainImage(shades.lime!)
  jpeg = await plainImage(shades.plum!, 'jpeg')
})

const range = (count: number) => Array.from({ length: count }, (_, i) => i)

type Files = Record<string, Uint8Array | string>

/** Number of images of each class in each part: training, validation, testing. */
async function countsOf(path: string, options = {}) {
  const { report } = await load(path, options)
  expect(report.bad).toEqual([])
  return Object.fromEntries(report.classes.map(({ name, train, val, test }) => [name, [train, val, test]]))
}

function folder(files: Files): string {
  const root = temporaryFolder()
  writeFiles(root, files)
  return root
}

const images = (paths: readonly string[], bytes: Uint8Array = png): Files =>
  Object.fromEntries(paths.map((path) => [path, bytes]))

/** An IDX file of bytes. */
function idx(shape: readonly number[], data: Uint8Array): Buffer {
  const head = Buffer.alloc(4 + 4 * shape.length)
  head.set([0, 0, 8, shape.length])
  for (const [i, size] of shape.entries()) head.writeUInt32BE(size, 4 + 4 * i)
  return Buffer.concat([head, data])
}

const pixels = (count: number, side: number): Uint8Array =>
  Uint8Array.from({ length: count * side * side }, (_, i) => i % 251)
const labelBytes = (count: number, classes: number): Uint8Array =>
  Uint8Array.from({ length: count }, (_, i) => i % classes)

describe('well-known layouts', () => {
  it('Tiny ImageNet: validation by its list, names from words.txt, unlabelled test images left out', async () => {
    const ids = ['n01443537', 'n01629819', 'n01641577']
    const root = folder({
      ...images(
        ids.flatMap((id) => range(4).map((i) => `train/${id}/images/${id}_${i}.JPEG`)),
        jpeg,
      ),
      ...images(
        range(6).map((i) => `val/images/val_${i}.JPEG`),
        jpeg,
      ),
      ...images(
        range(2).map((i) => `test/images/test_${i}.JPEG`),
        jpeg,
      ),
      'val/val_annotations.txt': range(6)
        .map((i) => `val_${i}.JPEG\t${ids[i % 3]}\t0\t32\t44\t62\n`)
        .join(''),
      'wnids.txt': ids.toReversed().join('\n'),
      'words.txt':
        'n01443537\tgoldfish, Carassius auratus\nn01629819\tfire salamander\nn01641577\tbullfrog\nn0\tother\n',
    })
    expect(await countsOf(root)).toEqual({
      'goldfish, Carassius auratus': [4, 2, 0],
      'fire salamander': [4, 2, 0],
      bullfrog: [4, 2, 0],
    })
    const { report, validation } = await load(root)
    expect([...validation!.labels]).toEqual([0, 1, 2, 0, 1, 2])
    expect(report.notes).toContain('2 images in test have no labels and are left out')
  })

  it("ImageNet's validation images by the list of the challenge, in folders as Kaggle has them", async () => {
    const root = folder({
      ...images(
        ['n1', 'n2'].flatMap((id) => range(3).map((i) => `ILSVRC/Data/CLS-LOC/train/${id}/${id}_${i}.JPEG`)),
        jpeg,
      ),
      ...images(
        range(4).map((i) => `ILSVRC/Data/CLS-LOC/val/ILSVRC2012_val_0000000${i}.JPEG`),
        jpeg,
      ),
      ...images(['ILSVRC/Data/CLS-LOC/test/ILSVRC2012_test_00000001.JPEG'], jpeg),
      'LOC_val_solution.csv': `ImageId,PredictionString\n${range(4)
        .map((i) => `ILSVRC2012_val_0000000${i},n${1 + (i % 2)} 1 2 3 4 n2 5 6 7 8`)
        .join('\n')}\n`,
      'LOC_synset_mapping.txt': 'n1 tench\nn2 crane\n',
      'sample_submission.csv': 'ImageId,PredictionString\nILSVRC2012_test_00000001,n1 1 1 1 1\n',
    })
    expect(await countsOf(root)).toEqual({ tench: [3, 2, 0], crane: [3, 2, 0] })
  })

  it('a flat folder with a list of paths and numbers, as Caffe has it', async () => {
    const root = folder({
      ...images(
        range(4).map((i) => `ILSVRC2012_val_${i}.JPEG`),
        jpeg,
      ),
      'val.txt': range(4)
        .map((i) => `ILSVRC2012_val_${i}.JPEG ${65 + (i % 2)}`)
        .join('\n'),
    })
    expect(await countsOf(root)).toEqual({ 65: [0, 2, 0], 66: [0, 2, 0] })
  })

  it.each(['', '.gz'])('MNIST and its kin, as IDX%s', async (ending) => {
    const pack = (bytes: Buffer) => (ending === '' ? bytes : gzipSync(bytes))
    const root = folder({
      [`MNIST/raw/train-images-idx3-ubyte${ending}`]: pack(idx([6, 8, 8], pixels(6, 8))),
      [`MNIST/raw/train-labels-idx1-ubyte${ending}`]: pack(idx([6], labelBytes(6, 3))),
      [`MNIST/raw/t10k-images-idx3-ubyte${ending}`]: pack(idx([3, 8, 8], pixels(3, 8))),
      [`MNIST/raw/t10k-labels-idx1-ubyte${ending}`]: pack(idx([3], labelBytes(3, 3))),
    })
    expect(await countsOf(root)).toEqual({ 0: [2, 0, 1], 1: [2, 0, 1], 2: [2, 0, 1] })
    const { train } = await load(root, { imageSize: null })
    expect([...train.images.subarray(0, 64)]).toEqual([...pixels(1, 8)])
    expect([...train.images.subarray(64, 128)]).toEqual([...pixels(1, 8)]) // grey is red, green and blue
  })

  it('EMNIST: one set of several, its images turned upright, its characters as names', async () => {
    const set = (name: string) => ({
      [`${name}-train-images-idx3-ubyte`]: idx([4, 2, 3], Uint8Array.from(range(24))),
      [`${name}-train-labels-idx1-ubyte`]: idx([4], Uint8Array.of(1, 2, 1, 2)),
      [`${name}-mapping.txt`]: '1 65 97\n2 66 98\n',
    })
    const root = folder({ ...set('emnist-letters'), ...set('emnist-digits') })
    await expect(load(root)).rejects.toThrow(
      /several sets \(emnist-digits, emnist-letters\): name a file of the one you mean/,
    )
    const { train, test } = await load(join(root, 'emnist-letters-train-images-idx3-ubyte'), { imageSize: null })
    expect([train.classes, train.count + test.count]).toEqual([['A', 'B'], 4])
  })

  it('a cut IDX file is refused in one line', async () => {
    const root = folder({
      'train-images-idx3-ubyte': idx([6, 8, 8], pixels(5, 8)),
      'train-labels-idx1-ubyte': idx([6], labelBytes(6, 3)),
    })
    await expect(load(root)).rejects.toThrow(/train-images-idx3-ubyte: expected 384 bytes for \(6, 8, 8\), got 320/)
  })

  it("Kaggle's digits: a label and pixels in columns", async () => {
    const head = ['label', ...range(64).map((i) => `pixel${i}`)].join(',')
    const row = (label: number) => [label, ...range(64).map((i) => i + label)].join(',')
    const root = folder({
      'train.csv': `${head}\n${range(6)
        .map((i) => row(i % 3))
        .join('\n')}\n`,
      'test.csv': `${head.slice(6)}\n${row(0).slice(2)}\n`,
    })
    const counts = await countsOf(root)
    expect(counts).toEqual({ 0: [1, 0, 1], 1: [1, 0, 1], 2: [1, 0, 1] })
    const { report } = await load(root)
    expect(report.notes).toContain('test.csv has no labels and is left out (1 rows)')
    const { train } = await load(join(root, 'train.csv'), { imageSize: null })
    expect([...train.images.subarray(0, 4)]).toEqual([0, 1, 2, 3])
  })

  it('pixels in one column, with the parts of FER-2013', async () => {
    const row = (label: number, part: string) => `${label},${range(64).join(' ')},${part}`
    const list = ['Training', 'Training', 'PublicTest', 'PrivateTest'].map((part, i) => row(i % 2, part)).join('\n')
    expect(await countsOf(join(folder({ 'fer2013.csv': `emotion,pixels,Usage\n${list}\n` }), 'fer2013.csv'))).toEqual({
      0: [1, 1, 0],
      1: [1, 0, 1],
    })
  })

  it('metadata.csv in the parts, and metadata.jsonl in a folder without', async () => {
    const paths = range(6).map((i) => `00${i}.png`)
    const names = ['cat', 'dog', 'owl']
    const parts = folder({
      ...images(paths.flatMap((path) => [`train/${path}`, `test/${path}`])),
      'train/metadata.csv': `file_name,label\n${paths.map((path, i) => `${path},${names[i % 3]}`).join('\n')}\n`,
      'test/metadata.csv': `file_name,label\n${paths.map((path, i) => `${path},${names[i % 2]}`).join('\n')}\n`,
    })
    expect(await countsOf(parts)).toEqual({ cat: [2, 0, 3], dog: [2, 0, 3], owl: [2, 0, 0] })
    const flat = folder({
      ...images(paths),
      'metadata.jsonl': paths.map((file_name, i) => JSON.stringify({ file_name, label: i % 3 })).join('\n'),
    })
    expect(await countsOf(flat)).toEqual({ 0: [1, 0, 1], 1: [1, 0, 1], 2: [1, 0, 1] })
  })

  it('Food-101: class folders that lists divide', async () => {
    const dishes = ['apple_pie', 'baklava']
    const list = (from: number, to: number) =>
      dishes.flatMap((dish) => range(to - from).map((i) => `${dish}/${1000 + from + i}`)).join('\n')
    const root = folder({
      ...images(
        dishes.flatMap((dish) => range(6).map((i) => `images/${dish}/${1000 + i}.jpg`)),
        jpeg,
      ),
      ...{ 'meta/train.txt': list(0, 4), 'meta/test.txt': list(4, 6), 'meta/classes.txt': dishes.join('\n') },
    })
    expect(await countsOf(root)).toEqual({ apple_pie: [4, 0, 2], baklava: [4, 0, 2] })
    expect((await load(root)).report.notes).toEqual(['divided by meta/test.txt (test), meta/train.txt (train)'])
  })

  it('GTSRB, as Kaggle ships it and as its authors do', async () => {
    const kaggle = folder({
      ...images(range(6).map((i) => `Train/${i % 3}/0000${i}.png`)),
      ...images(range(3).map((i) => `Test/0000${i}.png`)),
      ...images(['Meta/0.png']),
      'Test.csv': `Width,Height,Roi.X1,ClassId,Path\n${range(3)
        .map((i) => `40,40,2,${i},Test/0000${i}.png`)
        .join('\n')}\n`,
    })
    expect(await countsOf(kaggle)).toEqual({ 0: [2, 0, 1], 1: [2, 0, 1], 2: [2, 0, 1] })
    const ppm = Buffer.concat([Buffer.from('P6 2 2 255\n'), Uint8Array.from(range(12))])
    const official = folder({
      ...images(
        range(6).map((i) => `GTSRB/Final_Training/Images/0000${i % 3}/0000${i}.ppm`),
        ppm,
      ),
      ...images(
        range(3).map((i) => `GTSRB/Final_Test/Images/0000${i}.ppm`),
        ppm,
      ),
      'GTSRB/Final_Training/Images/00000/GT-00000.csv': 'Filename;Width;ClassId\n00000.ppm;40;0\n',
      'GT-final_test.csv': `Filename;Width;ClassId\n${range(3)
        .map((i) => `0000${i}.ppm;40;${i}`)
        .join('\n')}\n`,
    })
    expect(await countsOf(official)).toEqual({ '00000': [2, 0, 1], '00001': [2, 0, 1], '00002': [2, 0, 1] })
  })

  it('CIFAR-10 and CIFAR-100 as records, wherever they lie', async () => {
    const records = (head: number[], count: number) =>
      Buffer.concat(
        range(count).map((i) => Buffer.concat([Uint8Array.from(head, (h) => h + i), Buffer.alloc(3072, i)])),
      )
    const ten = folder({
      ...{
        'x/cifar-10-batches-bin/data_batch_1.bin': records([0], 4),
        'x/cifar-10-batches-bin/test_batch.bin': records([0], 2),
      },
      'x/cifar-10-batches-bin/batches.meta.txt': `${range(10)
        .map((i) => `name${i}`)
        .join('\n')}\n\n`,
    })
    const { train, test } = await load(ten, { imageSize: null })
    expect([train.count, test.count, train.classes[3], [...train.labels]]).toEqual([4, 2, 'name3', [0, 1, 2, 3]])
    const hundred = folder({
      ...{ 'train.bin': records([5, 50], 3), 'test.bin': records([5, 50], 1) },
      'fine_label_names.txt': range(100)
        .map((i) => `fine${i}`)
        .join('\n'),
      'coarse_label_names.txt': range(20)
        .map((i) => `coarse${i}`)
        .join('\n'),
    })
    expect([...(await load(hundred)).train.labels]).toEqual([50, 51, 52])
    const coarse = await load(hundred, { labelColumn: 'coarse_label' })
    expect([[...coarse.train.labels], coarse.train.classes[5]]).toEqual([[5, 6, 7], 'coarse5'])
  })

  it('WebDataset: shards of samples, classes in .cls or .json', async () => {
    const shard = async (from: number) => {
      const members = range(6).flatMap((i) => {
        const cls = i % 2 === 0 ? ['cls', String(i % 3)] : ['json', JSON.stringify({ label: i % 3 })]
        return [
          { header: { name: `${from}/${i}.left.jpg`, size: jpeg.length }, body: jpeg },
          { header: { name: `${from}/${i}.${cls[0]}`, size: cls[1]!.length }, body: cls[1]! },
        ]
      })
      return packTar(members)
    }
    const root = folder({
      'train-0000.tar': await shard(0),
      'train-0001.tar': await shard(1),
      'val-0000.tar.gz': gzipSync(await shard(2)),
    })
    expect(await countsOf(root)).toEqual({ 0: [4, 2, 0], 1: [4, 2, 0], 2: [4, 2, 0] })
    expect(await countsOf(join(root, 'train-0001.tar'))).toEqual({ 0: [1, 0, 1], 1: [1, 0, 1], 2: [1, 0, 1] })
  })

  it.each(['zip', 'tar', 'tar.gz', 'tgz'])('a folder in a .%s', async (kind) => {
    const parts: [string, number][] = [
      ['train', 3],
      ['test', 1],
    ]
    const paths = parts.flatMap(([part, count]) =>
      ['circle', 'square'].flatMap((name) => range(count).map((i) => `shapes/${part}/${name}/${i}.png`)),
    )
    const files = {
      ...images([...paths, `shapes/train/circle/${'long'.repeat(40)}.png`]),
      '__MACOSX/shapes/._x.png': 'x',
      'shapes/readme.md': 'x',
    }
    const tar = await packTar(
      Object.entries(files).map(([name, body]) => ({ header: { name, size: body.length }, body })),
    )
    const bytes = { zip: zip(files), tar, 'tar.gz': gzipSync(tar), tgz: gzipSync(tar) }[kind]!
    expect(await countsOf(join(folder({ [`set.${kind}`]: bytes }), `set.${kind}`))).toEqual({
      circle: [4, 0, 1],
      square: [3, 0, 1],
    })
    const cut = join(folder({ [`cut.${kind}`]: bytes.subarray(0, bytes.length - 1500) }), `cut.${kind}`)
    await expect(load(cut)).rejects.toThrow(/cut\..*: not a whole (zip|tar) archive/)
  })

  it('a list in an archive names its images', async () => {
    const files = {
      ...images(range(4).map((i) => `set/${i}.png`)),
      'set/labels.csv': `path,label\n${range(4)
        .map((i) => `${i}.png,${i % 2}`)
        .join('\n')}\n`,
    }
    const path = join(folder({ 'set.zip': zip(files) }), 'set.zip')
    expect(await countsOf(path, { testShare: 1 })).toEqual({ 0: [0, 0, 2], 1: [0, 0, 2] })
  })

  it('an archive of another kind is refused with what to do', async () => {
    await expect(load(join(folder({ 'set.7z': 'x' }), 'set.7z'))).rejects.toThrow(/unpack it and give the folder/)
  })
})

/** A zip file with compressed entries. */
function zip(files: Files): Uint8Array {
  void deflateRawSync
  return writeZip(Object.entries(files).map(([name, content]) => [name, Buffer.from(content)]))
}

describe('arrays as people save them', () => {
  const floats = (shape: number[], value: (i: number) => number) => ({
    ...{ dtype: 'F32' as const, shape },
    data: Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => value(i)),
  })
  const y = encodeNpy({ dtype: 'I64', shape: [4], data: BigInt64Array.of(0n, 1n, 0n, 1n) })

  it('floats from 0 to 1, channels first', async () => {
    const x = encodeNpy(floats([4, 3, 2, 2], (i) => (i % 12) / 11))
    const { train, report } = await load(folder({ 'x_train.npy': x, 'y_train.npy': y }), { imageSize: null })
    expect([...train.images.subarray(0, 4)]).toEqual([0, 23, 46, 70]) // 255 · i / 11
    expect(report.notes[0]).toMatch(/the train arrays: F32 from 0 to 1 are taken as 0 … 1$/)
  })

  it('floats from 0 to 255, and from −1 to 1', async () => {
    const wide = encodeNpy(floats([4, 2, 2], (i) => (i === 0 ? 254.6 : i)))
    expect((await load(folder({ 'x_train.npy': wide, 'y_train.npy': y }), { imageSize: null })).train.images[0]).toBe(
      255,
    )
    const signed = encodeNpy(floats([4, 2, 2], (i) => [-1, 0, 0.5, 1][i % 4]!))
    const { train } = await load(folder({ 'x_train.npy': signed, 'y_train.npy': y }), { imageSize: null })
    expect([...train.images.subarray(0, 4)]).toEqual([0, 128, 191, 255])
  })

  it('labels as rows with one 1, and as texts', async () => {
    const x = encodeNpy({ dtype: 'U8', shape: [4, 2, 2], data: Uint8Array.from(range(16)) })
    const hot = encodeNpy(floats([4, 3], (i) => ([0, 5, 8, 9].includes(i) ? 1 : 0)))
    const { train, test } = await load(
      folder({ 'x_train.npy': x, 'y_train.npy': hot, 'x_test.npy': x, 'y_test.npy': hot }),
      { imageSize: null },
    )
    expect([...train.labels]).toEqual([0, 1, 1, 0])
    expect(train.classes).toEqual(['0', '2'])
    expect(test.count).toBe(4)
    const several = encodeNpy(floats([4, 3], () => 1))
    await expect(load(folder({ 'x.npy': x, 'y.npy': several }))).rejects.toThrow(/several labels an image/)
    const head = `{'descr': '<U3', 'fortran_order': False, 'shape': (4,), }`.padEnd(117)
    const text = Buffer.concat([
      Buffer.from('\x93NUMPY\x01\x00', 'latin1'),
      Uint8Array.of(118, 0),
      Buffer.from(`${head}\n`),
      ...['cat', 'dog', 'cat', '\u00fc'].map((word) =>
        Buffer.from(Uint32Array.from({ length: 3 }, (_, i) => word.codePointAt(i) ?? 0).buffer),
      ),
    ])
    expect((await load(folder({ 'x.npy': x, 'y.npy': text }))).train.classes).toEqual(['cat', 'dog', '\u00fc'])
  })
})
