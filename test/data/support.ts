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
