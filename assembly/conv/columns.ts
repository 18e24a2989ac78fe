/**
 * The columns of a product: one for each tile of the plane and each image. Four neighbouring images are a quad, the unit of all
 * loops. Quads are numbered as they lie in memory: blocks of images outermost, then tiles row by row, then the quads of a block;
 * so that neighbouring tiles, which share pixels, follow each other closely in time.
 */
let tilesAcross: i32 = 0
let tilesDown: i32 = 0
let blockQuads: i32 = 0

/** Where the quad last located lies: block of images, tile, quad in the block, and how many quads of this tile follow. */
export let imageBlock: i32 = 0
export let tileRow: i32 = 0
export let tileColumn: i32 = 0
export let quad: i32 = 0
export let quadsLeft: i32 = 0

/** Number of quads of `blocks` × `lanes` images of a plane of `height` × `width` pixels in tiles of `size`. */
export function layOut(height: i32, width: i32, size: i32, blocks: i32, lanes: i32): i32 {
  tilesDown = (height + size - 1) / size
  tilesAcross = (width + size - 1) / size
  blockQuads = lanes >> 2
  return tilesDown * tilesAcross * blockQuads * blocks
}

/** Sets what is exported above for quad number `index`. */
export function locate(index: i32): void {
  const tile = index / blockQuads
  quad = index - tile * blockQuads
  quadsLeft = blockQuads - quad
  const row = tile / tilesAcross
  tileColumn = tile - row * tilesAcross
  imageBlock = row / tilesDown
  tileRow = row - imageBlock * tilesDown
}
