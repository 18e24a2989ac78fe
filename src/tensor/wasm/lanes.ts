/**
 * How activations lie in memory. A batch is cut into blocks of about 16 images, and (N, C, H, W) lies as (C, blocks, H, W, lanes):
 * the lanes of a block are innermost, so that kernels vectorize over images; a channel is contiguous; and the pixels of a block
 * are, in rows of one cache line a pixel, so that a convolution walks through few pages of memory.
 *
 * A batch that does not divide into blocks is one block with the batch rounded up to whole vectors. Its lanes from N on hold
 * zeros, before and after every kernel.
 */
export interface Blocks {
  blocks: number
  /** Images of a block; whole vectors. */
  lanes: number
}

/** An activation as a kernel sees it that works along one kind of rows: (C, P, Np), of whose lanes N count and the others are zero. */
export interface Lanes extends Batch {
  C: number
  P: number
}

/** Images that count and lanes there are. */
export interface Batch {
  N: number
  Np: number
}

/** Sizes of blocks, the best first: a pixel is then a whole cache line. */
const sizes = [16, 32, 20, 24, 12, 28, 8]

/** @param vectorLanes floats of a vector of the kernels, 4 or 8: a block is a whole number of vectors */
export function lanesFor(N: number, vectorLanes: number): Blocks {
  const lanes = N > 16 ? sizes.find((size) => N % size === 0 && size % vectorLanes === 0) : undefined
  return lanes ? { blocks: N / lanes, lanes } : { blocks: 1, lanes: Math.ceil(N / vectorLanes) * vectorLanes }
}

/** All lanes of a batch, padded ones included. */
export function allLanes(N: number, vectorLanes: number): number {
  const { blocks, lanes } = lanesFor(N, vectorLanes)
  return blocks * lanes
}
