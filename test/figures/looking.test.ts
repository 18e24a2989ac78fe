import { describe, expect, it } from 'vitest'
import { asDocument } from '../../src/figures/drawing.js'
import { filterFigure } from '../../src/figures/filters.js'
import { heatOver } from '../../src/figures/heatMap.js'
import { drawMatrix } from '../../src/figures/matrixChart.js'

describe('heatOver', () => {
  const grey = { width: 4, height: 4, channels: 1, data: new Uint8Array(16).fill(100) } as const

  it('is brightest where the map is largest, whatever its scale', () => {
    const map = Float32Array.of(0, 0, 0, 8)
    const { width, height, channels, data } = heatOver(grey, map, 2, 3)
    expect([width, height, channels]).toEqual([12, 12, 3])
    const light = (y: number, x: number) => [0, 1, 2].reduce((sum, c) => sum + data[(y * 12 + x) * 3 + c]!, 0)
    expect(light(11, 11)).toBeGreaterThan(light(6, 6))
    expect(light(6, 6)).toBeGreaterThan(light(0, 0))
    expect(
      heatOver(
        grey,
        map.map((v) => v / 128),
        2,
        3,
      ).data,
    ).toEqual(data)
  })

  it('is as it is where the map is nothing', () => {
    const { data } = heatOver(grey, new Float32Array(4), 2, 1)
    expect(new Set(Array.from({ length: 16 }, (_, p) => data.subarray(3 * p, 3 * p + 3).join())).size).toBe(1)
  })
})

describe('filterFigure', () => {
  const weight = (...shape: number[]) => ({
    shape,
    data: Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => Math.sin(i)),
  })

  it('shows filters of colours as pictures', () => {
    const white = { shape: [2, 3, 1, 1], data: Float32Array.of(2, 2, 2, -1, 0, 1) }
    const [panel] = filterFigure('conv1', white).rows[0]!
    expect(panel!.tiles.map(({ image }) => [image.channels, ...image.data])).toEqual([
      [3, 255, 255, 255],
      [3, 0, 128, 255],
    ])
  })

  it('shows a row a filter and a column a channel otherwise, and says what is left out', () => {
    const [panel] = filterFigure('inner', weight(20, 40, 3, 3)).rows[0]!
    expect(panel!.columns).toBe(16)
    expect(panel!.tiles.length).toBe(256)
    expect(panel!.label).toMatch(/first 16 of 20 filters.*first 16 of 40 channels/)
    const [depthwise] = filterFigure('depthwise', weight(100, 1, 3, 3)).rows[0]!
    expect([depthwise!.tiles.length, depthwise!.label]).toEqual([64, 'the first 64 of 100 filters'])
  })
})

describe('drawMatrix', () => {
  it('of many classes has small cells without numbers', () => {
    const labels = Array.from({ length: 30 }, (_, i) => `class ${i}`)
    const counts = labels.map((_, r) => labels.map((_, c) => (r === c ? 77 : 0)))
    const chart = { title: 't', labels, rows: 'label', columns: 'predicted', counts }
    const many = drawMatrix(chart)
    expect(asDocument(many)).not.toContain('>77<')
    expect(asDocument(many)).toContain('label class 3, predicted class 3: 77')
    expect(many.width).toBeLessThan(700)
    const few = { ...chart, labels: labels.slice(0, 3), counts: counts.slice(0, 3).map((row) => row.slice(0, 3)) }
    expect(asDocument(drawMatrix(few))).toContain('>77<')
  })
})
