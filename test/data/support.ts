import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { packTar } from 'modern-tar'
import sharp from 'sharp'
import { onTestFinished } from 'vitest'
import { imageBytes, recordBytes } from '../../src/data/cifarRecords.js'
import type { ImageDataset } from '../../src/data/dataset.js'
import type { Manifest } from '../../src/data/manifest.js'

export const sampleFile = (split: 'train' | 'test') =>
  readFileSync(new URL(`../../assets/cifar10-sample/${split}.bin`, import.meta.url))

export const md5 = (bytes: Uint8Array) => createHash('md5').update(bytes).digest('hex')

/** A new folder that goes when the test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ghostgrad-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const train = sampleFile('train')
/** Three small record files of real images, 20 records each. */
export const recordFiles: Readonly<Record<string, Uint8Array>> = {
  'data_batch_1.bin': train.subarray(0, 20 * recordBytes),
  'data_batch_2.bin': train.subarray(20 * recordBytes, 40 * recordBytes),
  'test_batch.bin': sampleFile('test').subarray(0, 20 * recordBytes),
}

/** A data set of `recordFiles`, at addresses where nothing answers unless the test says otherwise. */
export function smallManifest(
  archive = { url: 'http://127.0.0.1:9/small.tar.gz', md5: '' },
  sprites = '/nowhere',
): Manifest {
  return {
    title: 'Small CIFAR',
    folder: 'small',
    archive,
    sprites,
    files: Object.entries(recordFiles).map(([name, bytes]) => ({
      name,
      split: name.startsWith('test') ? ('test' as const) : ('train' as const),
      md5: md5(bytes),
    })),
  }
}

export async function tarGz(files: Readonly<Record<string, Uint8Array>>): Promise<Buffer> {
  const entries = Object.entries(files).map(([name, body]) => ({ header: { name, size: body.length }, body }))
  return gzipSync(await packTar(entries))
}

/** `recordFiles` as an npm package folder of PNG sprites, laid out as the real one. */
export async function spritePackage(): Promise<string> {
  const folder = join(temporaryFolder(), 'sprites')
  mkdirSync(folder)
  writeFileSync(join(folder, 'package.json'), '{"name":"small-sprites","version":"1.0.0"}')
  const labels = { train: [] as number[], test: [] as number[] }
  for (const [name, bytes] of Object.entries(recordFiles)) {
    const count = bytes.length / recordBytes
    const rows = Buffer.alloc(count * imageBytes)
    for (let i = 0; i < count; i++) {
      labels[name.startsWith('test') ? 'test' : 'train'].push(bytes[i * recordBytes]!)
      for (let p = 0; p < 1024; p++) {
        for (let c = 0; c < 3; c++) rows[(i * 1024 + p) * 3 + c] = bytes[i * recordBytes + 1 + c * 1024 + p]!
      }
    }
    await sharp(rows, { raw: { width: 1024, height: count, channels: 3 } })
      .png()
      .toFile(join(folder, name.replace('.bin', '.png')))
  }
  writeFileSync(join(folder, 'train_lables.json'), JSON.stringify(labels.train))
  writeFileSync(join(folder, 'test_lables.json'), JSON.stringify(labels.test))
  return folder
}

/** Images of one channel, hand-written: mean 0 and std 1 / 255 make a normalized value equal its byte. */
export function tinyDataset(rows: number[][], overrides: Partial<ImageDataset> = {}): ImageDataset {
  const width = rows[0]!.length
  return {
    ...{ name: 'tiny', images: Uint8Array.from(rows.flat()), labels: new Uint8Array(1), count: 1 },
    ...{ channels: 1, height: rows.length, width, classes: ['only'], mean: [0], std: [1 / 255] },
    ...overrides,
  }
}

export const text = (value: string) => Buffer.from(value, 'latin1')
const uint32 = (value: number) => Buffer.from(Uint32Array.of(value).buffer)
const string = (value: string) => Buffer.concat([text('U'), Buffer.of(value.length), text(value)])
const int = (value: number) => Buffer.concat([text('J'), uint32(value)])

/** The pickle Python 2 writes for {'data': uint8 array, 'labels': [...]}, as found in the official files. @param key of the labels */
export function pickledBatch(records: Uint8Array, columns = 3072, key = 'labels'): Buffer {
  const count = records.length / recordBytes
  const rows = Array.from({ length: count }, (_, i) => records.subarray(i * recordBytes + 1, (i + 1) * recordBytes))
  const data = Buffer.concat(rows)
  const labels = Array.from({ length: count }, (_, i) => Buffer.of(0x4b, records[i * recordBytes]!))
  return Buffer.concat([
    ...[text('\x80\x02}q\x01('), string('data'), text('q\x02')],
    ...[
      text('cnumpy.core.multiarray\n_reconstruct\nq\x03cnumpy\nndarray\nq\x04K\x00\x85'),
      string('b'),
      text('\x87R(K\x01'),
    ],
    ...[int(count), int(columns), text('\x86cnumpy\ndtype\nq\x05'), string('u1'), text('K\x00K\x01\x87R(K\x03')],
    ...[string('|'), text('NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89T'), uint32(data.length), data, text('tb')],
    ...[string(key), text(']q\x06('), ...labels, text('e'), string('batch_label'), string('a batch'), text('u.')],
  ])
}
