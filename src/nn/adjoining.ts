import type { Placement } from '../autograd/functional.js'
import type { NdArray } from '../tensor/ndarray.js'

/**
 * Room for tensors that will be concatenated along the channels: each is computed into its part, and the concatenation then moves
 * nothing.
 * @example
 * const room = new Adjoining([8, 8])
 * const a = bn1.call(x, { into: room.part(0) })
 * const b = bn2.call(x, { into: room.part(1) })
 * F.concat([a, b], 1)
 */
export class Adjoining {
  readonly #channels: readonly number[]
  #parts: readonly NdArray[] | null | undefined

  constructor(channels: readonly number[]) {
    this.#channels = channels
  }

  /** The place of tensor number `i`. All must have the same shape but for their channels. */
  part(i: number): Placement {
    return (backend, shape) => {
      this.#parts ??= backend.adjoining(shape, this.#channels)
      const part = this.#parts?.[i]
      // An operation that is run again on another backend, for a check, has no place there.
      return part?.backend === backend ? part : null
    }
  }
}
