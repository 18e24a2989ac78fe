/** Changes of place, in place on bytes: nearest pixel, and black where the image does not reach. */
import { type ByteImage, planesOf } from './bytes.js'

/** Shift by `amount` pixels for each row further down. */
export function shearX(image: ByteImage, amount: number): void {
  affine(image, [1, amount, 0, 0, 1, 0])
}

/** Shift by `amount` pixels for each column further right. */
export function shearY(image: ByteImage, amount: number): void {
  affine(image, [1, 0, 0, amount, 1, 0])
}

/** @param pixels that the image moves to the left */
export function translateX(image: ByteImage, pixels: number): void {
  affine(image, [1, 0, pixels, 0, 1, 0])
}

/** @param pixels that the image moves up */
export function translateY(image: ByteImage, pixels: number): void {
  affine(image, [1, 0, 0, 0, 1, pixels])
}

/** Counter-clockwise around the middle. */
export function rotate(image: ByteImage, degrees: number): void {
  const [cx, cy] = [image.width / 2, image.height / 2]
  const angle = (-degrees * Math.PI) / 180
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)]
  affine(image, [cos, sin, cx - cos * cx - sin * cy, -sin, cos, cy + sin * cx - cos * cy])
}

type Matrix = readonly [a: number, b: number, c: number, d: number, e: number, f: number]

/** The pixel around (x, y) becomes that around (a·x + b·y + c, d·x + e·y + f), middles of pixels being at halves. */
function affine(image: ByteImage, [a, b, c, d, e, f]: Matrix): void {
  const { height, width } = image
  for (const plane of planesOf(image)) {
    const source = plane.slice()
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const sx = Math.floor(a * (x + 0.5) + b * (y + 0.5) + c)
        const sy = Math.floor(d * (x + 0.5) + e * (y + 0.5) + f)
        const isInside = sx >= 0 && sx < width && sy >= 0 && sy < height
        plane[y * width + x] = isInside ? source[sy * width + sx]! : 0
      }
    }
  }
}
