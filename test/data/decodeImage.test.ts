import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp, { type SharpInput } from 'sharp'
import { describe, expect, test } from 'vitest'
import { loadCifar10Sample } from '../../src/data/cifar10Sample.js'
import { decodeImage, loadImage } from '../../src/data/decodeImage.js'
import { augmentPresets, writeExample } from '../../src/data/transforms.js'
import { temporaryFolder } from './support.js'

const size = { height: 2, width: 2 }

async function file(name: string, pixels: number[], channels: 1 | 3 | 4, width = 2): Promise<string> {
  const path = join(temporaryFolder(), name)
  const raw = { width, height: pixels.length / channels / width, channels }
  await sharp(Uint8Array.from(pixels) as SharpInput, { raw }).toFile(path)
  return path
}

describe('decodeImage', () => {
  test('planes of an RGB image', async () => {
    const path = await file('rgb.png', [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], 3)
    expect([...(await decodeImage(path, size))]).toEqual([1, 4, 7, 10, 2, 5, 8, 11, 3, 6, 9, 12])
  })

  test('grey becomes three equal planes', async () => {
    const path = await file('grey.png', [10, 20, 30, 40], 1)
    const grey = await sharp(path).toColourspace('b-w').png().toBuffer()
    writeFileSync(path, grey)
    expect([...(await decodeImage(path, size))]).toEqual([10, 20, 30, 40, 10, 20, 30, 40, 10, 20, 30, 40])
  })

  test('transparent is white', async () => {
    const path = await file('clear.png', [0, 0, 0, 0, 9, 9, 9, 255, 9, 9, 9, 255, 0, 0, 0, 0], 4)
    expect([...(await decodeImage(path, size))].slice(0, 4)).toEqual([255, 9, 9, 255])
  })

  test('a wide image is cut around its centre', async () => {
    const row = [50, 100, 100, 50].flatMap((v) => [v, v, v])
    const path = await file('wide.png', [...row, ...row], 3, 4)
    expect([...(await decodeImage(path, size))].slice(0, 4)).toEqual([100, 100, 100, 100])
  })

  test('a missing file, a folder and a file that is no image are three texts', async () => {
    const folder = temporaryFolder()
    const text = join(folder, 'notes.png')
    writeFileSync(text, 'not an image')
    await expect(decodeImage(join(folder, 'none.png'), size)).rejects.toThrow(/none.png: no such file$/)
    await expect(decodeImage(folder, size)).rejects.toThrow(`${folder}: expected an image file, got a folder`)
    await expect(decodeImage(text, size)).rejects.toThrow(/notes.png: not an image that can be read \(.+\)$/)
  })

  test('an image cut short is refused', async () => {
    const path = await file(
      'half.png',
      Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 31) % 256),
      3,
      64,
    )
    const whole = readFileSync(path)
    writeFileSync(path, whole.subarray(0, whole.length / 2))
    await expect(decodeImage(path, size)).rejects.toThrow(/half.png: not an image that can be read/)
  })
})

test('loadImage normalizes as the loader does', async () => {
  const { test: dataset } = await loadCifar10Sample()
  const planes = dataset.images.subarray(0, 3072)
  const pixels = Array.from({ length: 3072 }, (_, i) => planes[(i % 3) * 1024 + Math.floor(i / 3)]!)
  const expected = new Float32Array(3072)
  writeExample(dataset, 0, augmentPresets.none, null, expected, 0)
  expect(await loadImage(await file('real.png', pixels, 3, 32), dataset)).toEqual(expected)
})
