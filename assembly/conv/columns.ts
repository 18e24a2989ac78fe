/**
 * The columns of a Winograd product: one for each tile of the plane and each image. Four neighbouring images are a quad, the
 * unit of all loops. Quads are numbered with blocks of images outermost, then tiles row by row, then the quads of the block,
 * so that neighbouring tiles, which share pixels, follow each other closely in time.
 */
let tilesAcross: i32 = 0
let tilesDown: i32 = 0
let imageQuads: i32 = 0
let blockQuads: i32 = 0

/** Where the quad last located lies: its tile, its images, and how many quads of this tile follow without a gap. */
export let tileRow: i32 = 0
export let tileColumn: i32 = 0
export let quad: i32 = 0
export let quadsLeft: i32 = 0

/** Number of quads of a plane of `height` × `width` pixels in tiles of `size`. `block`: quads in a block of images. */
export function layOut(height: i32, width: i32, lanes: i32, size: i32, block: i32): i32 {
  tilesDown = (height + size - 1) / size
  tilesAcross = (width + size - 1) / size
  imageQuads = lanes >> 2
  blockQuads = block
  return tilesDown * tilesAcross * imageQuads
}

/** Sets `tileRow`, `tileColumn`, `quad` and `quadsLeft` for quad number `index`. */
export function locate(index: i32): void {
  const tiles = tilesDown * tilesAcross
  const block = index / (tiles * blockQuads)
  const first = block * blockQuads
  const size = min(blockQuads, imageQuads - first)
  const rest = index - tiles * first
  const tile = rest / size
  const within = rest - tile * size
  tileRow = tile / tilesAcross
  tileColumn = tile - tileRow * tilesAcross
  quad = first + within
  quadsLeft = size - within
}
