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
  /** Images of a block; a multiple of 4. */
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

export function lanesFor(N: number): Blocks {
  const lanes = N > 16 ? sizes.find((size) => N % size === 0) : undefined
  return lanes ? { blocks: N / lanes, lanes } : { blocks: 1, lanes: (N + 3) & ~3 }
}

/** All lanes of a batch, padded ones included. */
export function allLanes(N: number): number {
  const { blocks, lanes } = lanesFor(N)
  return blocks * lanes
}
