import type { Pixels } from './png.js'

/** From nothing to much: dark violet, red, orange, pale yellow. Lightness rises evenly, so that it reads without colours too. */
const stops = [
  [13, 8, 60],
  [110, 20, 110],
  [200, 50, 75],
  [245, 125, 20],
  [252, 240, 150],
] as const

/** The colour of a number from 0 to 1. */
function colourAt(value: number): [number, number, number] {
  const place = Math.min(1, Math.max(0, value)) * (stops.length - 1)
  const below = Math.min(Math.floor(place), stops.length - 2)
  const share = place - below
  const mix = (c: 0 | 1 | 2) => stops[below]![c] * (1 - share) + stops[below + 1]![c] * share
  return [mix(0), mix(1), mix(2)]
}

/** How much of the heat covers the image. */
const opacity = 0.6

/**
 * A map in colours over a dimmed image: the largest number is the brightest. Both are enlarged to `scale` times the image's size, the
 * map by bilinear interpolation between the centres of its pixels.
 * @param map (height, width), not negative
 */
export function heatOver(image: Pixels, map: Float32Array, height: number, scale: number): Pixels {
  const width = map.length / height
  const most = map.reduce((largest, value) => Math.max(largest, value), 0) || 1
  const size = { height: image.height * scale, width: image.width * scale }
  const data = new Uint8Array(size.height * size.width * 3)
  for (let y = 0; y < size.height; y++) {
    for (let x = 0; x < size.width; x++) {
      const heat = colourAt(between(map, height, width, (y + 0.5) / size.height, (x + 0.5) / size.width) / most)
      const from = (Math.floor(y / scale) * image.width + Math.floor(x / scale)) * image.channels
      for (let c = 0; c < 3; c++) {
        const own = image.data[from + (image.channels === 3 ? c : 0)]!
        data[(y * size.width + x) * 3 + c] = Math.round(own * (1 - opacity) + heat[c]! * opacity)
      }
    }
  }
  return { ...size, channels: 3, data }
}

/** The map's value at a place given by shares of its height and width. */
function between(map: Float32Array, height: number, width: number, down: number, right: number): number {
  const [y, x] = [clamp(down * height - 0.5, height - 1), clamp(right * width - 0.5, width - 1)]
  const [top, left] = [Math.floor(y), Math.floor(x)]
  const [bottom, next] = [Math.min(top + 1, height - 1), Math.min(left + 1, width - 1)]
  const row = (r: number) => map[r * width + left]! * (1 - (x - left)) + map[r * width + next]! * (x - left)
  return row(top) * (1 - (y - top)) + row(bottom) * (y - top)
}

const clamp = (value: number, most: number): number => Math.min(most, Math.max(0, value))
