import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { ByteWriter, parquetWrite } from 'hyparquet-writer'
import { packTar } from 'modern-tar'
import sharp from 'sharp'
import { tarEntries } from '../../src/data/archive.js'
import { recordsFromPickle } from '../../src/data/cifarPython.js'
import { datasetFromRecords } from '../../src/data/cifarRecords.js'
import { decodeImage } from '../../src/data/decodeImage.js'
import { loadOwn } from '../../src/data/own/loadOwn.js'
import { readMat } from '../../src/data/own/matFile.js'
import { readResults } from '../../src/experiments/result.js'
import { parseExpression } from '../../src/explain/expression/expression.js'
import type { FileArray } from '../../src/io/fileArray.js'
import { decodeNpy } from '../../src/io/npy.js'
import { encodeNpz } from '../../src/io/npz.js'
import { encodeSafetensors } from '../../src/io/safetensors.js'
import { decodeTorch } from '../../src/io/torch/stateDict.js'
import { decodeWeights, decodeWeightsFile } from '../../src/io/weights.js'
import { writeZip } from '../../src/io/zip/write.js'
import { createModel } from '../../src/models/registry.js'
import { packageRoot } from '../../src/packageRoot.js'
import { sizeOf } from '../../src/tensor/shape.js'
import type { StateDict } from '../../src/tensor/stateDict.js'
import { readCheckpoint, writeCheckpoint } from '../../src/train/checkpointFile.js'
import { newProgress } from '../../src/train/progress.js'
import { readConfig, yamlLayer } from '../../src/train/readConfig.js'

/** A reader of files that come from anywhere. */
export interface Reader {
  name: string
  /** Real files, from which the damaged ones are made. */
  samples(): Promise<Uint8Array[]> | Uint8Array[]
  /** Read, and check that what came out is right in itself; throws otherwise. */
  read(bytes: Uint8Array): unknown
}

const inPackage = (path: string): Uint8Array => readFileSync(new URL(path, packageRoot))
const fixture = (name: string): Uint8Array => inPackage(`test/fixtures/interchange/${name}`)

const foreign = ['tar.pth', 'module.pt', 'module-legacy.pt', 'script.pt', 'checkpoint.pth', 'ema.pth', 'complex.pth']

let made: string | undefined

/** A folder for this process's files, gone when it ends. */
function folder(): string {
  if (!made) {
    const path = mkdtempSync(join(tmpdir(), 'ghostgrad-fuzz-'))
    process.on('exit', () => rmSync(path, { recursive: true, force: true }))
    made = path
  }
  return made
}

/** For readers that take a path. */
function asFile(name: string, bytes: Uint8Array): string {
  const path = join(folder(), name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, bytes)
  return path
}

function checkState(tensors: StateDict): void {
  for (const [name, { shape, data, dtype }] of Object.entries(tensors)) {
    if (data.length !== sizeOf(shape)) throw new Error(`${name}: ${data.length} numbers in shape ${shape}`)
    if (dtype !== 'F32' && dtype !== 'I64') throw new Error(`${name}: dtype ${dtype}`)
  }
}

const smallState = (): StateDict =>
  Object.fromEntries(
    Object.entries(createModel('resnet20', { seed: 0 }).stateDict()).filter(([name]) => /^(conv1|bn1|fc)/.test(name)),
  )

const checkpointFile = (): string => join(folder(), 'sample.safetensors')

function makeCheckpoint(): Uint8Array {
  const model = smallState()
  const record = {
    config: { model: 'resnet20', lr: 0.1 },
    progress: { ...newProgress(), step: 3 },
    generator: [1, 2, 3, 4],
    logs: { 'metrics.csv': 12 },
    ...{ backend: 'js', version: '0.1.0' },
  }
  writeCheckpoint(
    checkpointFile(),
    { model, optimizer: { 'fc.bias.momentum_buffer': model['fc.bias']! }, ema: null, lookahead: null, record },
    {},
  )
  return readFileSync(checkpointFile())
}

let originalCheckpoint: string | null = null

const sampleRecords = (count: number): Uint8Array =>
  inPackage('assets/cifar10-sample/test.bin').subarray(0, count * 3073)

async function images(): Promise<Uint8Array[]> {
  const pixels = sampleRecords(1).subarray(1)
  const image = () => sharp(pixels.subarray(0, 1024), { raw: { width: 32, height: 32, channels: 1 } }).resize(48, 40)
  return Promise.all(
    [image().png(), image().jpeg(), image().webp(), image().gif(), image().tiff()].map((made) => made.toBuffer()),
  )
}

async function archives(): Promise<Uint8Array[]> {
  const tar = await packTar([
    { header: { name: 'cifar-10-batches-bin/', type: 'directory', size: 0 } },
    { header: { name: 'cifar-10-batches-bin/test_batch.bin', size: 3073 }, body: sampleRecords(1) },
    { header: { name: 'cifar-10-batches-bin/readme.html', size: 5 }, body: Buffer.from('hello') },
  ])
  // Stored without compression as well: a changed byte then reaches the tar reader, not only the checksum of gzip.
  return [gzipSync(tar), gzipSync(tar, { level: 0 })]
}

const texts = (...lines: string[]): Uint8Array[] => lines.map((line) => Buffer.from(line))

export const readers: readonly Reader[] = [
  {
    name: 'safetensors',
    samples: () => [encodeSafetensors(smallState(), { model: 'resnet20' }), encodeSafetensors({})],
    read: (bytes) => checkState(decodeWeights(bytes, 'x.safetensors').tensors),
  },
  {
    name: 'PyTorch (.pth)',
    samples: () => ['checkpoint.pth', 'dtypes.pth', 'hostile.pth', 'protocol4.pth', 'written.pth'].map(fixture),
    read: (bytes) => checkState(decodeTorch(bytes, 'x.pth')),
  },
  {
    name: "other tools' weights",
    samples: () =>
      [...[0, 1, 2, 3, 4, 5].map((protocol) => `protocol${protocol}.pkl`), ...foreign].map((name) =>
        fixture(`../foreign/${name}`),
      ),
    read: (bytes) => {
      for (const part of decodeWeightsFile(bytes, 'x.pth').parts) checkState(part.read())
    },
  },
  {
    name: 'PyTorch, before 1.6',
    samples: () => ['checkpoint-legacy.pth', 'dtypes-legacy.pth'].map(fixture),
    read: (bytes) => checkState(decodeTorch(bytes, 'x.pth')),
  },
  {
    name: 'npz',
    samples: () => ['arrays.npz', 'compressed.npz'].map(fixture),
    read: (bytes) => checkState(decodeWeights(bytes, 'x.npz').tensors),
  },
  {
    name: 'npy',
    samples: () => ['version1.npy', 'version2.npy', 'version3.npy', 'objects.npy'].map(fixture),
    read(bytes) {
      const { shape, data } = decodeNpy(bytes, 'x.npy')
      if (data.length !== sizeOf(shape)) throw new Error(`${data.length} numbers in shape ${shape}`)
    },
  },
  {
    name: 'checkpoint',
    samples: () => [makeCheckpoint()],
    /** Whatever is accepted must be what was saved. */
    read(bytes) {
      originalCheckpoint ??= JSON.stringify(readCheckpoint(checkpointFile()))
      const got = JSON.stringify(readCheckpoint(asFile('checkpoint.safetensors', bytes)))
      if (got !== originalCheckpoint) throw new Error('a changed checkpoint was accepted')
    },
  },
  {
    name: 'CIFAR-10 records',
    samples: () => [sampleRecords(2), sampleRecords(1)],
    read(bytes) {
      const { images: pixels, labels, count } = datasetFromRecords('x', [{ path: 'x.bin', bytes }])
      if (pixels.length !== 3072 * count || labels.some((label) => label > 9)) throw new Error('records out of range')
    },
  },
  {
    name: 'CIFAR-10 pickles',
    samples: () => [inPackage('test/fixtures/interchange/resnet20.pkl'), cifarPickle()],
    read(bytes) {
      if (recordsFromPickle('x', bytes).length % 3073 !== 0) throw new Error('not whole records')
    },
  },
  {
    name: 'tar.gz',
    samples: archives,
    async read(bytes) {
      for await (const { name } of tarEntries(asFile('x.tar.gz', bytes), () => true)) {
        if (/[/\\]/.test(name)) throw new Error(`a name with a folder: ${name}`)
      }
    },
  },
  {
    name: 'images',
    samples: images,
    async read(bytes) {
      const pixels = await decodeImage(asFile('x.img', bytes), { height: 32, width: 32 })
      if (pixels.length !== 3072) throw new Error(`${pixels.length} bytes`)
    },
  },
  {
    name: 'own images, parquet',
    samples: async () => [await parquetFile()],
    read: (bytes) => readOwn(asFile('own.parquet', bytes)),
  },
  {
    name: 'own images, CSV',
    samples: async () => [await csvFile()],
    read: (bytes) => readOwn(asFile('own.csv', bytes)),
  },
  {
    name: 'own images, zip',
    samples: async () => [writeZip(inClasses(await photos()))],
    read: (bytes) => readOwn(asFile('own.zip', bytes)),
  },
  {
    name: 'own images, tar',
    samples: async () => [await tarOf(inClasses(await photos())), gzipSync(await tarOf(inClasses(await photos())))],
    read: (bytes) => readOwn(asFile(bytes[0] === 0x1f ? 'own.tar.gz' : 'own.tar', bytes)),
  },
  {
    name: 'own images, WebDataset',
    samples: async () => [await tarOf(asSamples(await photos()))],
    read: (bytes) => readOwn(asFile('shard-0000.tar', bytes)),
  },
  {
    name: 'own images, IDX',
    samples: () => [idxFile([6, 5, 4]), gzipSync(idxFile([6, 5, 4]), { level: 0 })],
    read(bytes) {
      asFile('idx/train-labels-idx1-ubyte', idxFile([6]))
      return readOwn(dirname(asFile('idx/train-images-idx3-ubyte', bytes)))
    },
  },
  {
    name: 'own images, IDX labels',
    samples: () => [idxFile([6])],
    read(bytes) {
      asFile('idx2/train-images-idx3-ubyte', idxFile([6, 5, 4]))
      return readOwn(dirname(asFile('idx2/train-labels-idx1-ubyte', bytes)))
    },
  },
  {
    name: 'MATLAB (.mat)',
    samples: () => ['digits.mat', 'plain.mat'].map((name) => inPackage(`test/fixtures/mat/${name}`)),
    read(bytes) {
      for (const [name, { shape, data }] of readMat(bytes, 'x.mat')) {
        if (data.length !== sizeOf(shape)) throw new Error(`${name}: ${data.length} numbers in shape ${shape}`)
      }
    },
  },
  {
    name: 'own images, SVHN',
    samples: () => [inPackage('test/fixtures/mat/digits.mat')],
    read: (bytes) => readOwn(asFile('svhn/train_32x32.mat', bytes)),
  },
  {
    name: 'own images, STL-10 labels',
    samples: () => [Uint8Array.from([1, 2, 1, 2])],
    read(bytes) {
      asFile('stl10/train_X.bin', new Uint8Array(4 * 3 * 96 * 96))
      return readOwn(dirname(asFile('stl10/train_y.bin', bytes)))
    },
  },
  {
    name: 'own images, arrays',
    samples: () => [encodeNpz({ x: bytesOf([6, 4, 4, 3]), y: bytesOf([6]) })],
    read: (bytes) => readOwn(asFile('own.npz', bytes)),
  },
  {
    name: 'own images, CSV of pixels',
    samples: () => texts(pixelTable(6, 16)),
    read: (bytes) => readOwn(asFile('pixels/train.csv', bytes)),
  },
  {
    name: 'own images, JSON Lines beside them',
    samples: () => texts(jsonLines(6)),
    read: (bytes) => readListed('metadata.jsonl', bytes),
  },
  {
    name: 'own images, list beside them',
    samples: () =>
      texts(
        'sep=;\nimage;label\n0.png;a\n1.png;b\n2.png;a\n3.png;b\n',
        '\ufeff0.png\ta\n1.png\tb\n2.png\ta\n3.png\tb\n',
      ),
    read: (bytes) => readListed('labels.csv', bytes),
  },
  {
    name: 'configuration (YAML)',
    samples: () => [
      inPackage('configs/speednet-90.yaml'),
      ...texts('model: resnet20\nlr: 0.1\nmilestones: [1, 2]\n', 'seed: 0\nout: "x"\n'),
    ],
    read: (bytes) => readConfig(yamlLayer(asFile('x.yaml', bytes))),
  },
  {
    name: 'results (YAML)',
    samples: () => [inPackage('results/resnet56-fast-seed0.yaml')],
    read(bytes) {
      mkdirSync(join(folder(), 'results'), { recursive: true })
      asFile('results/x.yaml', bytes)
      readResults(join(folder(), 'results'))
    },
  },
  {
    name: 'expressions',
    samples: () =>
      texts(
        'relu(x*w).sum()',
        'crossEntropy(linear(x, w, b), [1, 0])',
        '(a + 2.5) ** 3 / -b',
        'conv2d(x, w, {padding: 1})',
      ),
    read: (bytes) => parseExpression(Buffer.from(bytes).toString()),
  },
]

/** Six small images of two classes. */
const photos = (): Promise<Buffer[]> =>
  Promise.all(
    [10, 50, 90, 130, 170, 210].map((red) =>
      sharp({ create: { width: 6, height: 5, channels: 3, background: { r: red, g: 90, b: 40 } } })
        .png()
        .toBuffer(),
    ),
  )

async function parquetFile(): Promise<Uint8Array> {
  const writer = new ByteWriter()
  const images = (await photos()).map((bytes, i) => ({ bytes: new Uint8Array(bytes), path: `${i}.png` }))
  parquetWrite({
    writer,
    columnData: [
      { name: 'image', data: images },
      { name: 'label', data: [0n, 1n, 0n, 1n, 0n, 1n] },
    ],
    schema: [
      { name: 'schema', num_children: 2 },
      { name: 'image', num_children: 2, repetition_type: 'OPTIONAL' },
      { name: 'bytes', type: 'BYTE_ARRAY', repetition_type: 'OPTIONAL' },
      { name: 'path', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
      { name: 'label', type: 'INT64', repetition_type: 'OPTIONAL' },
    ],
  })
  return new Uint8Array(writer.getBuffer())
}

async function csvFile(): Promise<Uint8Array> {
  for (const [i, bytes] of (await photos()).entries()) asFile(`${i}.png`, bytes)
  const rows = [0, 1, 2, 3, 4, 5].map((i) => `${i}.png,${i % 2 === 0 ? 'apple' : 'plum'}`)
  return Buffer.from(`path,label\n${rows.join('\n')}\n`)
}

/** Six images and a list of them. */
async function readListed(list: string, bytes: Uint8Array): Promise<void> {
  for (const [i, image] of (await photos()).entries()) asFile(`${list} of/${i}.png`, image)
  await readOwn(dirname(asFile(`${list} of/${list}`, bytes)))
}

/** Two classes, half of the images each. */
const inClasses = (images: readonly Uint8Array[]): [string, Uint8Array][] =>
  images.map((bytes, i) => [`${i % 2 === 0 ? 'apple' : 'plum'}/${i}.png`, bytes])

/** As WebDataset has them: an image and its class, by one name. */
const asSamples = (images: readonly Uint8Array[]): [string, Uint8Array][] =>
  images.flatMap((bytes, i): [string, Uint8Array][] => [
    [`${i}.png`, bytes],
    [`${i}.cls`, Buffer.from(String(i % 2))],
  ])

const tarOf = (files: readonly [string, Uint8Array][]): Promise<Uint8Array> =>
  packTar(files.map(([name, body]) => ({ header: { name, size: body.length }, body })))

/** Bytes 0, 1, 0, 1 … */
function idxFile(shape: readonly number[]): Uint8Array {
  const head = Buffer.alloc(4 + 4 * shape.length)
  head[2] = 0x08
  head[3] = shape.length
  for (const [i, size] of shape.entries()) head.writeUInt32BE(size, 4 + 4 * i)
  return Buffer.concat([head, Buffer.alloc(sizeOf(shape)).map((_, i) => i % 2)])
}

const bytesOf = (shape: readonly number[]): FileArray => ({
  ...{ dtype: 'U8', shape },
  data: Uint8Array.from({ length: sizeOf(shape) }, (_, i) => i % 2),
})

const pixelTable = (count: number, pixels: number): string => {
  const head = ['label', ...Array.from({ length: pixels }, (_, i) => `pixel${i}`)]
  const rows = Array.from({ length: count }, (_, n) => [
    n % 2,
    ...Array.from({ length: pixels }, (_, i) => (n * i) % 256),
  ])
  return `${[head, ...rows].map((row) => row.join(',')).join('\n')}\n`
}

const jsonLines = (count: number): string =>
  Array.from({ length: count }, (_, i) => JSON.stringify({ file_name: `${i}.png`, label: i % 2 })).join('\n')

/** Images of the user's own, decoded without a cache that would grow. */
async function readOwn(path: string): Promise<void> {
  const dataDir = join(folder(), 'cache')
  const options = { imageSize: 8, testShare: 0.34, splitSeed: 0, skipBad: true, dataDir, onProgress: () => {} }
  try {
    const { train, test } = await loadOwn(path, options)
    for (const { images: pixels, labels, count, classes } of [train, test]) {
      if (pixels.length !== 3 * 64 * count || labels.some((label) => label >= classes.length))
        throw new Error('out of range')
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
}

/** A batch of one image as CIFAR-10's Python version pickles it, protocol 2. */
function cifarPickle(): Uint8Array {
  const text = (value: string) => Buffer.concat([Buffer.from('X'), le32(Buffer.byteLength(value)), Buffer.from(value)])
  const pixels = Buffer.from(sampleRecords(1).subarray(1)).toString('latin1')
  return Buffer.concat([
    Buffer.from('\x80\x02}(', 'latin1'),
    ...[text('labels'), Buffer.from(']K\x03a'), text('data')],
    Buffer.from(
      'cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R(K\x01K\x01M\x00\x0c\x86',
      'latin1',
    ),
    Buffer.from(
      'cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89',
      'latin1',
    ),
    ...[text(pixels), Buffer.from('tbu.')],
  ])
}

function le32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}
