import { type Pixels, pngUrl } from './png.js'
import { document, element, text } from './svg.js'

/** Colours of frames, told apart on white and on grey maps. */
export const frames = { red: '#d62728', green: '#2ca02c', blue: '#1f77b4', grey: '#8a8f98' } as const

export type Frame = keyof typeof frames

export interface Tile {
  image: Pixels
  /** A few characters under the image. */
  label?: string
  frame?: Frame
}

/** Tiles in rows of `columns`, under a heading, all in one frame. */
export interface Panel {
  label: string
  columns: number
  tiles: readonly Tile[]
  frame?: Frame
}

export interface Figure {
  title: string
  /** Panels beside each other, then below. */
  rows: readonly (readonly Panel[])[]
  /** Lines below the panels. */
  notes?: readonly string[]
  /** Height and width of an image, pixels; default 48. */
  tile?: number
}

/** Pixels. */
const defaultTile = 48
const gap = 16
const heading = 20
const noteLine = 16

/** Room for labels only where there are some. */
const cellOf = ({ tiles }: Panel, tile: number) => ({
  width: tile + 8,
  height: tile + (tiles.some(({ label }) => label) ? 18 : 8),
})

function sizeOf(panel: Panel, tile: number) {
  const { columns, tiles } = panel
  const cell = cellOf(panel, tile)
  return {
    width: Math.min(columns, tiles.length) * cell.width + 8,
    height: Math.ceil(tiles.length / columns) * cell.height + 6,
  }
}

/** A figure of images in labelled panels, as SVG that needs no other file: the images are in it, as PNG. */
export function drawGrid({ title, rows, notes = [], tile = defaultTile }: Figure): string {
  const drawn = [text(gap, gap + 12, title, { 'font-size': 15, 'font-weight': 'bold' })]
  let [top, right] = [gap + 12 + heading, 8.5 * Math.max(title.length, ...notes.map((note) => 0.8 * note.length))]
  for (const panels of rows) {
    let left = gap
    for (const panel of panels) {
      drawn.push(drawPanel(panel, left, top + heading, tile))
      left += sizeOf(panel, tile).width + gap
    }
    right = Math.max(right, left)
    top += heading + Math.max(...panels.map((panel) => sizeOf(panel, tile).height)) + gap
  }
  for (const [i, note] of notes.entries()) drawn.push(text(gap, top + 12 + i * noteLine, note))
  return document(Math.ceil(right), top + notes.length * noteLine + gap, ...drawn)
}

function drawPanel(panel: Panel, left: number, top: number, tile: number): string {
  const { label, columns, tiles, frame } = panel
  const cell = cellOf(panel, tile)
  const tilesDrawn = tiles.map((content, i) => {
    const [column, row] = [i % columns, Math.floor(i / columns)]
    return drawTile(content, left + 8 + column * cell.width, top + 6 + row * cell.height, tile)
  })
  const border = frame
    ? [
        element('rect', {
          x: left,
          y: top,
          ...sizeOf(panel, tile),
          fill: 'none',
          stroke: frames[frame],
          'stroke-width': 2,
        }),
      ]
    : []
  return element('g', {}, text(left, top - 6, label), ...tilesDrawn, ...border)
}

function drawTile({ image, label, frame }: Tile, x: number, y: number, tile: number): string {
  const parts = [
    element('image', {
      ...{ x, y, width: tile, height: tile, href: pngUrl(image) },
      style: 'image-rendering:pixelated',
    }),
  ]
  if (frame) {
    const around = { x: x - 2, y: y - 2, width: tile + 4, height: tile + 4 }
    parts.push(element('rect', { ...around, fill: 'none', stroke: frames[frame], 'stroke-width': 3 }))
  }
  if (label) parts.push(text(x + tile / 2, y + tile + 11, label, { 'font-size': 9, 'text-anchor': 'middle' }))
  return parts.join('\n')
}
