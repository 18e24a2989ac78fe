import type { Backend } from './backend.js'
import type { Block } from './memory.js'
import { type Shape, sizeOf } from './shape.js'

/** Numbers in the precision of a backend. */
export type FloatArray = Float32Array | Float64Array

/**
 * Numbers in a shape, on a backend: a tensor without autograd. How the numbers lie in memory is the backend's affair;
 * `backend.read` returns them in row-major order. Operations never change their inputs unless their name says so.
 */
export abstract class NdArray {
  readonly size: number
  abstract readonly backend: Backend

  constructor(
    readonly shape: Shape,
    readonly block: Block,
  ) {
    this.size = sizeOf(shape)
  }
}
