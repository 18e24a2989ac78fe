import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { drawGrid } from '../../src/figures/grid.js'
import { colourImage, greyMap, splitMaps } from '../../src/figures/pixels.js'
import { encodePng, type Pixels } from '../../src/figures/png.js'
import { writeFigure } from '../../src/figures/write.js'
import { temporaryFolders } from '../train/support.js'

const newFolder = temporaryFolders()

const black: Pixels = { width: 2, height: 2, channels: 1, data: new Uint8Array(4) }

/** How many times a part comes. */
const count = (whole: string, part: string) => whole.split(part).length - 1

describe('pixels', () => {
  test('maps of one image come apart', () => {
    const maps = splitMaps({ shape: [1, 2, 1, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) })
    expect(maps).toEqual([Float32Array.of(1, 2, 3), Float32Array.of(4, 5, 6)])
  })

  test('a map goes from black to white; a constant one is black', () => {
    expect(greyMap(Float32Array.of(-1, 0, 1, 3), 2)).toEqual({
      ...{ width: 2, height: 2, channels: 1 },
      data: Uint8Array.of(0, 64, 128, 255),
    })
    expect(greyMap(Float32Array.of(7, 7), 2).data).toEqual(Uint8Array.of(0, 0))
  })

  test('planes of colours become pixels', () => {
    expect(colourImage(Uint8Array.of(1, 2, 3, 4, 5, 6), 2)).toEqual({
      ...{ width: 2, height: 1, channels: 3 },
      data: Uint8Array.of(1, 3, 5, 2, 4, 6),
    })
  })
})

describe('PNG', () => {
  test.each([1, 3] as const)('sharp reads the same pixels, %i channel(s)', async (channels) => {
    const data = Uint8Array.from({ length: 5 * 3 * channels }, (_, i) => (i * 41) % 256)
    const image = sharp(encodePng({ width: 5, height: 3, channels, data }))
    const { data: read, info } = await image
      .toColourspace(channels === 1 ? 'b-w' : 'srgb')
      .raw()
      .toBuffer({ resolveWithObject: true })
    expect([info.width, info.height, info.channels]).toEqual([5, 3, channels])
    expect(new Uint8Array(read)).toEqual(data)
  })
})

describe('drawGrid', () => {
  const figure = drawGrid({
    title: 'Maps <of> "R&D"',
    rows: [
      [{ label: 'input', columns: 1, tiles: [{ image: black }] }],
      [
        {
          label: 'intrinsic',
          columns: 2,
          frame: 'red',
          tiles: [
            { image: black, label: '0' },
            { image: black, label: '1' },
          ],
        },
        { label: 'ghosts', columns: 2, tiles: [{ image: black, frame: 'green' }] },
      ],
    ],
    notes: ['black: all zero'],
  })

  test('has an image a tile, a frame where one is asked for, and labels', () => {
    expect(count(figure, '<image ')).toBe(4)
    expect(count(figure, 'stroke="#d62728"')).toBe(1)
    expect(count(figure, 'stroke="#2ca02c"')).toBe(1)
    for (const label of ['input', 'intrinsic', 'ghosts', '0', '1', 'black: all zero']) {
      expect(figure).toContain(`>${label}</text>`)
    }
  })

  test('escapes text', () => {
    expect(figure).toContain('>Maps &lt;of&gt; &quot;R&amp;D&quot;</text>')
  })

  test('holds everything inside its size', () => {
    const [, width, height] = /width="(\d+)" height="(\d+)"/.exec(figure)!.map(Number)
    for (const [, x, y, w, h] of figure.matchAll(/<(?:image|rect) x="(\d+)" y="(\d+)" width="(\d+)" height="(\d+)"/g)) {
      expect(Number(x) + Number(w)).toBeLessThanOrEqual(width!)
      expect(Number(y) + Number(h)).toBeLessThanOrEqual(height!)
    }
  })
})

test('a figure is written as SVG and, drawn with its text, as PNG of twice the size', async () => {
  const path = join(newFolder(), 'new', 'figure')
  const svg = drawGrid({ title: 'A title', rows: [[{ label: 'one', columns: 1, tiles: [{ image: black }] }]] })
  expect(await writeFigure(path, svg)).toEqual([`${path}.svg`, `${path}.png`])
  expect(readFileSync(`${path}.svg`, 'utf8')).toBe(svg)
  const { data, info } = await sharp(`${path}.png`).greyscale().raw().toBuffer({ resolveWithObject: true })
  const [, width, height] = /width="(\d+)" height="(\d+)"/.exec(svg)!.map(Number)
  expect([info.width, info.height]).toEqual([2 * width!, 2 * height!])
  const titleRows = data.subarray(2 * 16 * info.width, 2 * 30 * info.width)
  expect(titleRows.filter((v) => v < 100).length).toBeGreaterThan(100)
})
