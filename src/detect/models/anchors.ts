import type { Boxes } from '../boxes/boxes.js'

/** The reference boxes at each place of a level. */
export interface AnchorShape {
  /** Side of the square of equal area, pixels; several a place. */
  sizes: readonly number[]
  /** Height over width, each with each size. */
  ratios: readonly number[]
}

/**
 * Anchors of a pyramid as torchvision's AnchorGenerator makes them: for each level, row, column, ratio and size, in this order, a box
 * around the upper left corner of the place, whose half width and height are whole numbers.
 * @param planes height and width of each level
 * @param image height and width of the network's input, pixels
 */
export function makeAnchors(
  shapes: readonly AnchorShape[],
  planes: readonly (readonly [number, number])[],
  image: readonly [number, number],
): Boxes {
  const total = planes.reduce((sum, [height, width], i) => sum + height * width * anchorsAPlace(shapes[i]!), 0)
  const anchors = new Float64Array(4 * total)
  let k = 0
  planes.forEach(([height, width], level) => {
    const halves = halfSizes(shapes[level]!)
    const strideY = Math.floor(image[0] / height)
    const strideX = Math.floor(image[1] / width)
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        for (const [halfWidth, halfHeight] of halves) {
          anchors[k++] = column * strideX - halfWidth
          anchors[k++] = row * strideY - halfHeight
          anchors[k++] = column * strideX + halfWidth
          anchors[k++] = row * strideY + halfHeight
        }
      }
    }
  })
  return anchors
}

export const anchorsAPlace = ({ sizes, ratios }: AnchorShape): number => sizes.length * ratios.length

function halfSizes({ sizes, ratios }: AnchorShape): [width: number, height: number][] {
  return ratios.flatMap((ratio) => {
    // In float32, as there: what is exactly between two whole numbers must not be so by accident.
    const high = Math.fround(Math.sqrt(Math.fround(ratio)))
    const wide = Math.fround(1 / high)
    const half = (factor: number, size: number) => roundHalfEven(Math.fround(factor * size) / 2)
    return sizes.map((size): [number, number] => [half(wide, size), half(high, size)])
  })
}

/** To the nearest whole number; from the middle between two to the even one. */
function roundHalfEven(x: number): number {
  const floor = Math.floor(x)
  if (x - floor !== 0.5) return Math.round(x)
  return floor % 2 === 0 ? floor : floor + 1
}
