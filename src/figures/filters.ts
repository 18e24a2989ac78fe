import type { Shape } from '../tensor/shape.js'
import type { Figure, Tile } from './grid.js'
import type { Pixels } from './png.js'

/** More are not drawn: nobody would look at them. */
const mostFilters = 64
const mostRows = 16
const mostColumns = 16

/**
 * The filters of a convolution: of one that sees colours each filter as a small picture, of any other a row a filter and a column an
 * input channel. Mid-grey is zero; black and white are the largest weight of the layer, or of the filter if it has colours.
 * @param weight (O, I, kH, kW)
 */
export function filterFigure(title: string, weight: { shape: Shape; data: Float32Array }): Figure {
  const [filters, inputs] = weight.shape as [number, number, number, number]
  if (inputs === 3) {
    const shown = Math.min(filters, mostFilters)
    const tiles = Array.from({ length: shown }, (_, i): Tile => ({ image: colourFilter(weight, i), label: String(i) }))
    return { title, rows: [[{ label: counted(shown, filters, 'filters'), columns: 16, tiles }]], notes: [colourNote] }
  }
  const most = weight.data.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0)
  const draw = (i: number): Tile => ({ image: greyFilter(weight, i, most) })
  if (inputs === 1) {
    const shown = Math.min(filters, mostFilters)
    const tiles = Array.from({ length: shown }, (_, i): Tile => ({ ...draw(i), label: String(i) }))
    return { title, rows: [[{ label: counted(shown, filters, 'filters'), columns: 16, tiles }]], notes: [greyNote] }
  }
  const [rows, columns] = [Math.min(filters, mostRows), Math.min(inputs, mostColumns)]
  const tiles = Array.from({ length: rows * columns }, (_, i) => draw(Math.floor(i / columns) * inputs + (i % columns)))
  const label = `a row a filter (${counted(rows, filters, 'filters')}), a column an input channel (${counted(columns, inputs, 'channels')})`
  return { title, rows: [[{ label, columns, tiles }]], notes: [greyNote] }
}

const colourNote = 'Mid-grey is zero; each filter in its own range, the same for red, green and blue.'
const greyNote = 'Mid-grey is zero, black and white the largest weight of the layer.'

const counted = (shown: number, all: number, what: string): string =>
  shown === all ? `${all} ${what}` : `the first ${shown} of ${all} ${what}`

type Weight = Parameters<typeof filterFigure>[1]

const shade = (value: number, most: number): number => Math.round(127.5 * (1 + (most > 0 ? value / most : 0)))

function colourFilter({ shape, data }: Weight, i: number): Pixels {
  const [, , height, width] = shape as [number, number, number, number]
  const area = height * width
  const own = data.subarray(i * 3 * area, (i + 1) * 3 * area)
  const most = own.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0)
  const pixels = Uint8Array.from({ length: 3 * area }, (_, p) => shade(own[(p % 3) * area + Math.floor(p / 3)]!, most))
  return { width, height, channels: 3, data: pixels }
}

function greyFilter({ shape, data }: Weight, i: number, most: number): Pixels {
  const [, , height, width] = shape as [number, number, number, number]
  const own = data.subarray(i * height * width, (i + 1) * height * width)
  return { width, height, channels: 1, data: Uint8Array.from(own, (value) => shade(value, most)) }
}
