import type { Generator } from '../../tensor/random.js'
import { areaOf, type Boxes, clipBoxes, countBoxes } from '../boxes/boxes.js'
import type { Target } from '../models/detector.js'
import type { Picture, Size } from './pictures.js'

/** Random changes to training images. */
export interface DetectionAugment {
  /** Mirror left and right, one time in two. */
  flip: boolean
  /** Mirror top and bottom, one time in two. */
  flipVertical: boolean
  /** Zoom by a factor between these two, then shift at random so that the most of the image is seen; null: neither. */
  zoom: readonly [number, number] | null
}

/** A box of which less than this share is left after a crop is left out. */
const leastShare = 0.3

/** Where a place of the input comes from: x of the picture = (x − shift) / zoom, mirrored where asked for. */
export interface Placement {
  zoom: number
  shiftX: number
  shiftY: number
  mirrorX: boolean
  mirrorY: boolean
}

export const identity: Placement = { zoom: 1, shiftX: 0, shiftY: 0, mirrorX: false, mirrorY: false }

/** Draw how a picture is put into the input. */
export function drawPlacement(
  { flip, flipVertical, zoom: range }: DetectionAugment,
  picture: Size,
  canvas: Size,
  generator: Generator,
): Placement {
  const zoom = range ? range[0] + generator.uniform() * (range[1] - range[0]) : 1
  const shift = (axis: 0 | 1): number =>
    range ? Math.round(generator.uniform() * (canvas[axis] - picture[axis] * zoom)) : 0
  const shiftY = shift(0)
  const shiftX = shift(1)
  return {
    zoom,
    shiftX,
    shiftY,
    mirrorX: flip && generator.integer(2) === 1,
    mirrorY: flipVertical && generator.integer(2) === 1,
  }
}

/**
 * Put a picture into an input (3, canvas) at `out[offset]`, normalized; what it does not cover is the mean colour, 0. Between pixels it is
 * interpolated linearly.
 */
export function placePicture(
  { pixels, size: [height, width] }: Picture,
  { zoom, shiftX, shiftY, mirrorX, mirrorY }: Placement,
  [rows, columns]: Size,
  { mean, std }: { mean: readonly number[]; std: readonly number[] },
  out: Float32Array,
  offset: number,
): void {
  const area = rows * columns
  out.fill(0, offset, offset + 3 * area)
  const xs = sourcePlaces(columns, width, zoom, shiftX, mirrorX)
  const ys = sourcePlaces(rows, height, zoom, shiftY, mirrorY)
  for (let c = 0; c < 3; c++) {
    const factor = 1 / (255 * std[c]!)
    const shift = mean[c]! / std[c]!
    const plane = c * height * width
    for (let y = 0; y < rows; y++) {
      const low = ys.low[y]!
      if (low < 0) continue
      const upper = plane + low * width
      const lower = plane + Math.min(low + 1, height - 1) * width
      const share = ys.share[y]!
      const target = offset + c * area + y * columns
      for (let x = 0; x < columns; x++) {
        const left = xs.low[x]!
        if (left < 0) continue
        const right = Math.min(left + 1, width - 1)
        const across = xs.share[x]!
        const top = pixels[upper + left]! + across * (pixels[upper + right]! - pixels[upper + left]!)
        const bottom = pixels[lower + left]! + across * (pixels[lower + right]! - pixels[lower + left]!)
        out[target + x] = (top + share * (bottom - top)) * factor - shift
      }
    }
  }
}

/** For each place of the input the pixel before it and how far beyond that it lies; −1 where there is none. */
function sourcePlaces(count: number, length: number, zoom: number, shift: number, mirrored: boolean) {
  const low = new Int32Array(count).fill(-1)
  const share = new Float64Array(count)
  for (let i = 0; i < count; i++) {
    const place = mirrored ? count - 1 - i : i
    const position = (place + 0.5 - shift) / zoom - 0.5
    if (position < -0.5 || position > length - 0.5) continue
    const inside = Math.min(Math.max(position, 0), length - 1)
    low[i] = Math.floor(inside)
    share[i] = inside - Math.floor(inside)
  }
  return { low, share }
}

/** The boxes of a picture where they are in the input: moved, cut at its border, and left out where little of them remains. */
export function placeBoxes(
  target: Target,
  { zoom, shiftX, shiftY, mirrorX, mirrorY }: Placement,
  [rows, columns]: Size,
): Target {
  const moved: Boxes = target.boxes.map((value, k) => value * zoom + (k % 2 === 0 ? shiftX : shiftY))
  for (let k = 0; k < moved.length; k += 4) {
    if (mirrorX) mirror(moved, k, columns)
    if (mirrorY) mirror(moved, k + 1, rows)
  }
  const areas = Float64Array.from({ length: countBoxes(moved) }, (_, i) => areaOf(moved, i))
  const cut = clipBoxes(moved, columns, rows)
  const kept = Array.from(areas, (_, i) => i).filter((i) => areaOf(cut, i) >= Math.max(leastShare * areas[i]!, 1))
  return {
    boxes: Float64Array.from(kept.flatMap((i) => [...cut.subarray(4 * i, 4 * i + 4)])),
    labels: Int32Array.from(kept, (i) => target.labels[i]!),
  }
}

function mirror(boxes: Boxes, k: number, length: number): void {
  const low = length - boxes[k + 2]!
  boxes[k + 2] = length - boxes[k]!
  boxes[k] = low
}
