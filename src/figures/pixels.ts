import type { Output } from '../nn/capture.js'
import type { Pixels } from './png.js'

/** The maps (1, C, H, W) of one image as C arrays of H · W numbers. */
export function splitMaps({ shape, data }: Output): Float32Array[] {
  const [, channels, height, width] = shape as [number, number, number, number]
  const area = height * width
  return Array.from({ length: channels }, (_, c) => data.subarray(c * area, (c + 1) * area))
}

/** A map in shades of grey, from its smallest number (black) to its largest (white); one that is constant is black. */
export function greyMap(map: Float32Array, width: number): Pixels {
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const v of map) {
    min = Math.min(min, v)
    max = Math.max(max, v)
  }
  const scale = max > min ? 255 / (max - min) : 0
  return {
    width,
    height: map.length / width,
    channels: 1,
    data: Uint8Array.from(map, (v) => Math.round((v - min) * scale)),
  }
}

/** Planes of red, green and blue, (3, H, W) bytes, as pixels. */
export function colourImage(planes: Uint8Array, width: number): Pixels {
  const area = planes.length / 3
  const data = new Uint8Array(planes.length)
  for (let c = 0; c < 3; c++) for (let p = 0; p < area; p++) data[3 * p + c] = planes[c * area + p]!
  return { width, height: area / width, channels: 3, data }
}
