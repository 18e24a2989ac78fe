/**
 * Shapes of activations as the kernels see them: batch innermost, (C, P, Np) with P places in a plane and Np lanes, the batch
 * size N rounded up to whole vectors. The lanes from N on hold zeros, before and after every kernel.
 */

/** Batch size and lanes of an activation. */
export interface Batch {
  N: number
  Np: number
}

/** An activation (C, P, Np). */
export interface Lanes extends Batch {
  C: number
  P: number
}

/** Lanes for a batch of N: whole vectors of four. */
export const lanesFor = (N: number): number => (N + 3) & ~3
