/** Sets of images as they are published, in small. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { fromColumns } from '../../../src/data/own/columnMajor.js'
import { readMat } from '../../../src/data/own/matFile.js'
import { encodeNpy } from '../../../src/io/npy.js'
import { temporaryFolder } from '../support.js'
import { load, plainImage, shades, writeFiles } from './support.js'

const mat = (name: string): Buffer =>
  readFileSync(fileURLToPath(new URL(`../../fixtures/mat/${name}.mat`, import.meta.url)))

let png: Buffer

beforeAll(async () => {
  png = await plainImage(shades.lime!)
})

type Files = Record<string, Uint8Array | string>

function folder(files: Files): string {
  const root = temporaryFolder()
  writeFiles(root, files)
  return root
}

const images = (...paths: string[]): Files => Object.fromEntries(paths.map((path) => [path, png]))

const range = (count: number, from = 0) => Array.from({ length: count }, (_, i) => from + i)

/** Number of images of each class in each part: training, validation, testing. */
async function countsOf(path: string, options = {}) {
  const { report } = await load(path, options)
  expect(report.bad).toEqual([])
  return Object.fromEntries(report.classes.map(({ name, train, val, test }) => [name, [train, val, test]]))
}

describe('MATLAB files', () => {
  it('give the numeric arrays of scipy.io.savemat', () => {
    const plain = readMat(mat('plain'), 'plain.mat')
    expect(plain.get('x')).toEqual({ shape: [2, 2], data: Float64Array.of(1.5, 0, -2, 3e9) })
    expect(plain.get('n')).toEqual({ shape: [1, 2], data: Int16Array.of(-7, 8) })
    expect(plain.has('name')).toBe(false)
  })

  it('of other versions, and cut short, are refused by name', () => {
    expect(() => readMat(Buffer.from('\x89HDF\r\n', 'latin1'), 'a.mat')).toThrow('a.mat: a MATLAB file of version 7.3')
    expect(() => readMat(mat('plain').subarray(0, 200), 'a.mat')).toThrow('a.mat: cut short or damaged at byte 128')
    expect(() => readMat(Buffer.alloc(200), 'a.mat')).toThrow('a.mat: not a MATLAB file')
  })
})

describe('SVHN', () => {
  it('is read with 10 as the digit 0, each image the right way up', async () => {
    const root = folder({
      'train_32x32.mat': mat('digits'),
      'test_32x32.mat': mat('digits'),
      'extra_32x32.mat': mat('digits'),
    })
    const { train, report } = await load(root, { imageSize: null })
    expect(report.classes.slice(0, 3).map(({ train: count }) => count)).toEqual([2, 1, 1])
    expect([train.height, train.width, train.count, ...train.labels]).toEqual([3, 3, 4, 1, 0, 2, 0])
    // X[y, x, c, n] of the fixture is 7 · (((3 y + x) 3 + c) 4 + n), modulo 256; images are kept by planes.
    const value = (y: number, x: number, c: number, n: number) => (7 * (((3 * y + x) * 3 + c) * 4 + n)) % 256
    const first = range(27).map((i) => value(Math.floor((i % 9) / 3), i % 3, Math.floor(i / 9), 0))
    expect([...train.images.subarray(0, 27)]).toEqual(first)
    expect(report.notes).toContain(
      'extra_32x32.mat: additional images, which are left out (name the file to take them alone)',
    )
  })
})

describe('STL-10', () => {
  it('has planes column by column and labels from 1 on', async () => {
    expect(fromColumns(Uint8Array.from(range(12)), 2, 2, 3)).toEqual({
      ...{ height: 2, width: 2, channels: 3 },
      data: Uint8Array.of(0, 4, 8, 2, 6, 10, 1, 5, 9, 3, 7, 11),
    })
    const pixels = (count: number) => new Uint8Array(count * 3 * 96 * 96)
    const root = folder({
      ...{ 'stl10_binary/train_X.bin': pixels(3), 'stl10_binary/train_y.bin': Uint8Array.of(1, 10, 2) },
      ...{ 'stl10_binary/test_X.bin': pixels(2), 'stl10_binary/test_y.bin': Uint8Array.of(2, 10) },
      'stl10_binary/unlabeled_X.bin': pixels(1),
    })
    const { report } = await load(root)
    const counts = Object.fromEntries(report.classes.map(({ name, train, test }) => [name, [train, test]]))
    expect(counts).toMatchObject({ airplane: [1, 0], bird: [1, 1], truck: [1, 1], cat: [0, 0] })
    expect(report.notes[0]).toBe('unlabeled_X.bin has no labels and is left out')
  })
})

describe("labels in files of a set's own", () => {
  it('CUB-200: parts by train_test_split.txt', async () => {
    const paths = ['001.Auk/a.jpg', '001.Auk/b.jpg', '002.Bee/c.jpg', '002.Bee/d.jpg']
    const lines = (values: readonly (string | number)[]) => values.map((value, i) => `${i + 1} ${value}\n`).join('')
    const root = folder({
      ...images(...paths.map((path) => `CUB/images/${path}`)),
      ...{ 'CUB/images.txt': lines(paths), 'CUB/train_test_split.txt': lines([1, 0, 1, 0]) },
      ...{ 'CUB/image_class_labels.txt': lines([1, 1, 2, 2]), 'CUB/classes.txt': '1 001.Auk\n2 002.Bee\n' },
    })
    expect(await countsOf(root)).toEqual({ '001.Auk': [1, 0, 1], '002.Bee': [1, 0, 1] })
  })

  it('FGVC-Aircraft: names of classes with spaces, three parts', async () => {
    const root = folder({
      ...images(...range(6).map((i) => `data/images/100${i}.jpg`)),
      'data/images_variant_train.txt': '1000 Boeing 737-200\n1001 A300B4\n',
      'data/images_variant_val.txt': '1002 Boeing 737-200\n1003 A300B4\n',
      'data/images_variant_test.txt': '1004 Boeing 737-200\n1005 A300B4\n',
      'data/images_family_train.txt': '1000 Boeing 737\n1001 A300\n',
    })
    expect(await countsOf(root)).toEqual({ A300B4: [1, 1, 1], 'Boeing 737-200': [1, 1, 1] })
  })

  it('Oxford-IIIT Pet: the breed is the name of the file', async () => {
    const root = folder({
      ...images(
        ...['Abyssinian_1', 'Abyssinian_2', 'great_pyrenees_1', 'great_pyrenees_2'].map((name) => `images/${name}.jpg`),
      ),
      'annotations/trainval.txt': 'Abyssinian_1 1 1 1\ngreat_pyrenees_1 2 2 1\n',
      'annotations/test.txt': 'Abyssinian_2 1 1 1\ngreat_pyrenees_2 2 2 1\n',
      'annotations/list.txt': '#Image CLASS-ID\nAbyssinian_1 1 1 1\n',
    })
    expect(await countsOf(root)).toEqual({ Abyssinian: [1, 0, 1], great_pyrenees: [1, 0, 1] })
  })

  it('SUN397: classes below their letters', async () => {
    const root = folder({
      ...images('S/a/abbey/1.jpg', 'S/a/abbey/2.jpg', 'S/b/bar/1.jpg', 'S/b/bar/2.jpg'),
      ...images('S/a/apartment/outdoor/1.jpg', 'S/a/apartment/outdoor/2.jpg'),
      'S/ClassName.txt': '/a/abbey\n/a/apartment/outdoor\n/b/bar\n',
    })
    expect(Object.keys(await countsOf(root))).toEqual(['abbey', 'apartment/outdoor', 'bar'])
  })

  it('Dogs vs. Cats: labels are the names of the files, and test1 has none', async () => {
    const root = folder(
      images(...range(4).flatMap((i) => [`train/cat.${i}.jpg`, `train/dog.${i}.jpg`, `test1/${i}.jpg`])),
    )
    const { report } = await load(root)
    expect(report.classes).toEqual([
      { name: 'cat', train: 3, val: 0, test: 1 },
      { name: 'dog', train: 3, val: 0, test: 1 },
    ])
    expect(report.notes).toContain('labels by the names of the files: cat, dog (train/cat.0.jpg …)')
    expect(report.notes).toContain('4 images in test1 have no labels and are left out')
  })

  it('HAM10000: folders that share the images out are no classes where a list has labels', async () => {
    const root = folder({
      ...images(...range(8).map((i) => `HAM_images_part_${1 + (i % 2)}/ISIC_${i}.jpg`)),
      'HAM_metadata.csv': `image_id,dx\n${range(8)
        .map((i) => `ISIC_${i},${i < 4 ? 'nv' : 'mel'}\n`)
        .join('')}`,
    })
    expect(Object.keys(await countsOf(root))).toEqual(['mel', 'nv'])
  })

  it('says which list was not used, and that classes lie deeper', async () => {
    const root = folder({
      ...images('a/x/1.jpg', 'a/x/2.jpg', 'b/y/3.jpg', 'b/y/4.jpg'),
      'labels.csv': 'image,label\n1,p\n2,q\n3,p\n4,q\n',
    })
    const { report } = await load(root)
    expect(report.classes.map(({ name }) => name)).toEqual(['a', 'b'])
    expect(report.notes.slice(0, 2)).toEqual([
      'the images lie in folders within the classes, which count to them: a/x … are of class a',
      'labels.csv has labels for these images too, which are not used: --labels takes them instead of the folders',
    ])
  })
})

describe('arrays', () => {
  it('of CIFAR-10-C: one file of images and the labels that are for all of them', async () => {
    const pixels = { dtype: 'U8', shape: [4, 4, 4, 3], data: new Uint8Array(192) } as const
    const labels = { dtype: 'U8', shape: [4], data: Uint8Array.of(0, 1, 0, 1) } as const
    const root = folder({
      'fog.npy': encodeNpy(pixels),
      'snow.npy': encodeNpy(pixels),
      'labels.npy': encodeNpy(labels),
    })
    expect(await countsOf(join(root, 'fog.npy'), { testShare: 0.5 })).toEqual({ 0: [1, 0, 1], 1: [1, 0, 1] })
    await expect(load(root)).rejects.toThrow('name the file of the images that you mean, such as fog.npy')
  })

  it.each([
    ['data.arrow', /save_to_disk's Arrow files: write parquet by datasets\.load_from_disk/],
    ['images.h5', /HDF5: save the arrays by numpy\.savez/],
    ['train.tfrecord', /TFRecord: save the images as files/],
  ])('%s is refused with what helps', async (name, message) => {
    await expect(load(folder({ [name]: 'x' }))).rejects.toThrow(message)
    await expect(load(join(folder({ [name]: 'x' }), name))).rejects.toThrow(message)
  })

  it('columns that nothing reads are refused', async () => {
    const root = folder({ 'labels.npy': encodeNpy({ dtype: 'U8', shape: [2], data: Uint8Array.of(0, 1) }) })
    writeFiles(root, { 'images.npy': encodeNpy({ dtype: 'U8', shape: [2, 2, 2], data: new Uint8Array(8) }) })
    await expect(load(root, { labelColumn: 'y' })).rejects.toThrow('labelColumn: has no effect on')
    const folders = folder(images('a/1.png', 'a/2.png', 'b/3.png', 'b/4.png'))
    await expect(load(folders, { labelColumn: 'y' })).rejects.toThrow(
      /labelColumn: has no effect on .* \(image folder\)/,
    )
  })
})
