import type { Backend } from '../backend.js'
import { Block } from '../memory.js'
import { type FloatArray, NdArray } from '../ndarray.js'
import { type Shape, sizeOf } from '../shape.js'

/** JavaScript's own memory: the garbage collector frees it, only the holders are counted. */
class HostBlock extends Block {
  constructor() {
    super()
    this.adopt()
  }

  protected override release(): void {}
}

/** Numbers in row-major order in a typed array. */
export class HostArray extends NdArray {
  constructor(
    shape: Shape,
    readonly values: FloatArray,
    override readonly backend: Backend,
    block: Block = new HostBlock(),
  ) {
    super(shape, block)
  }
}

/** A zero-filled array of the same kind as `x`. */
export function zerosLike(x: HostArray, shape: Shape): HostArray {
  const size = sizeOf(shape)
  const values = x.values instanceof Float64Array ? new Float64Array(size) : new Float32Array(size)
  return new HostArray(shape, values, x.backend)
}

/** f applied to each element. */
export function map(x: HostArray, f: (value: number) => number): HostArray {
  const out = zerosLike(x, x.shape)
  for (let i = 0; i < x.size; i++) out.values[i] = f(x.values[i]!)
  return out
}

/** f applied to pairs of elements of two arrays of one shape. */
export function zipMap(a: HostArray, b: HostArray, f: (a: number, b: number) => number): HostArray {
  const out = zerosLike(a, a.shape)
  for (let i = 0; i < a.size; i++) out.values[i] = f(a.values[i]!, b.values[i]!)
  return out
}

/**
 * Call `visit(offset, index)` for every element of `shape` in row-major order, where `offset` follows the given strides:
 * the one loop behind broadcasting, permuting and slicing.
 */
export function forEachStrided(
  shape: Shape,
  strides: readonly number[],
  visit: (offset: number, index: number) => void,
): void {
  const rank = shape.length
  const size = sizeOf(shape)
  const position = new Array<number>(rank).fill(0)
  let offset = 0
  for (let index = 0; index < size; index++) {
    visit(offset, index)
    for (let axis = rank - 1; axis >= 0; axis--) {
      offset += strides[axis]!
      if (++position[axis]! < shape[axis]!) break
      offset -= strides[axis]! * shape[axis]!
      position[axis] = 0
    }
  }
}
