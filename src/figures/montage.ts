import type { Pixels } from './png.js'

export interface MontageOptions {
  columns: number
  /** Pixels of the montage for each of a tile; default 1. */
  zoom?: number
  /** Pixels between tiles; default 1. */
  gap?: number
}

/** Images of one size and kind as one, in rows. What no tile covers is mid-grey. */
export function montage(tiles: readonly Pixels[], { columns, zoom = 1, gap = 1 }: MontageOptions): Pixels {
  const { width, height, channels } = tiles[0]!
  const [cellWidth, cellHeight] = [width * zoom + gap, height * zoom + gap]
  const used = Math.min(columns, tiles.length)
  const whole = {
    width: used * cellWidth - gap,
    height: Math.ceil(tiles.length / columns) * cellHeight - gap,
    channels,
  }
  const data = new Uint8Array(whole.width * whole.height * channels).fill(128)
  for (const [i, tile] of tiles.entries()) {
    const [left, top] = [(i % columns) * cellWidth, Math.floor(i / columns) * cellHeight]
    for (let y = 0; y < height * zoom; y++) {
      for (let x = 0; x < width * zoom; x++) {
        const from = (Math.floor(y / zoom) * width + Math.floor(x / zoom)) * channels
        data.set(tile.data.subarray(from, from + channels), ((top + y) * whole.width + left + x) * channels)
      }
    }
  }
  return { ...whole, data }
}
