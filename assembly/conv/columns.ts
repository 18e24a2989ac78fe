/**
 * The columns of a product: one for each tile of the plane and each image. The images of a vector are the unit of all loops.
 * Vectors are numbered as they lie in memory: blocks of images outermost, then tiles row by row, then the vectors of a
 * block; so that neighbouring tiles, which share pixels, follow each other closely in time.
 */
import { LANES_SHIFT } from '../simd'

let tilesAcross: i32 = 0
let tilesDown: i32 = 0
let blockVectors: i32 = 0

/** Where the vector last located lies: block of images, tile, vector in the block, and how many of this tile follow. */
export let imageBlock: i32 = 0
export let tileRow: i32 = 0
export let tileColumn: i32 = 0
export let vector: i32 = 0
export let vectorsLeft: i32 = 0

/** Number of vectors of `blocks` × `lanes` images of a plane of `height` × `width` pixels in tiles of `size`. */
export function layOut(height: i32, width: i32, size: i32, blocks: i32, lanes: i32): i32 {
  tilesDown = (height + size - 1) / size
  tilesAcross = (width + size - 1) / size
  blockVectors = lanes >> LANES_SHIFT
  return tilesDown * tilesAcross * blockVectors * blocks
}

/** Sets what is exported above for vector number `index`. */
export function locate(index: i32): void {
  const tile = index / blockVectors
  vector = index - tile * blockVectors
  vectorsLeft = blockVectors - vector
  const row = tile / tilesAcross
  tileColumn = tile - row * tilesAcross
  imageBlock = row / tilesDown
  tileRow = row - imageBlock * tilesDown
}
