import { getBackend } from './backend.js'
import { GhostgradError, ShapeError, showShape } from './errors.js'
import { outsideScopes, scopeWith } from './memory.js'
import type { FloatArray, NdArray } from './ndarray.js'
import { type Shape, sizeOf } from './shape.js'

/** What autograd records of the operation that made a tensor; defined in `autograd/`, named here so that arrows go one way. */
export interface GraphNode {
  /** Creation order: an operation always has a higher number than those that made its inputs. */
  readonly id: number
  readonly op: { readonly name: string }
}

/** What a new tensor is told. */
export interface TensorOptions {
  requiresGrad?: boolean
}

/** Nested arrays of numbers, as `toArray` returns. */
export type NestedArray = number | NestedArray[]

/**
 * A multi-dimensional array of floats that autograd can differentiate. Logically row-major, (N, C, H, W) for images, whatever
 * the memory of its backend holds. The operations (`x.mul(y)`, `x.sum()`, …) are attached in `autograd/methods.ts`.
 */
export class Tensor {
  readonly shape: Shape
  /** Whether `backward()` computes a gradient for this tensor. */
  requiresGrad: boolean
  /** @internal The operation that made this tensor, if autograd recorded it. */
  node: GraphNode | null = null
  readonly #array: NdArray
  #gradArray: NdArray | null = null

  constructor(array: NdArray, options: TensorOptions = {}) {
    this.#array = array
    this.shape = array.shape
    this.requiresGrad = options.requiresGrad ?? false
  }

  /** Whether the memory was given back when the module or scope that made it ended. */
  get isFreed(): boolean {
    return this.#array.block.freed
  }

  /** The numbers on their backend. */
  get array(): NdArray {
    if (this.isFreed) {
      throw new GhostgradError(
        `this tensor ${showShape(this.shape)} was made inside a module or scope that has ended, and its memory is reused; ` +
          'return it from there, or call retain() on it',
      )
    }
    return this.#array
  }

  get size(): number {
    return sizeOf(this.shape)
  }

  /** Number of axes. */
  get rank(): number {
    return this.shape.length
  }

  /** Whether the tensor was made by the user, not by a recorded operation. */
  get isLeaf(): boolean {
    return this.node === null
  }

  /** ∂loss/∂this after `backward()`, accumulated until `zeroGrad()`; null before. */
  get grad(): Tensor | null {
    if (!this.#gradArray) return null
    this.#gradArray.block.leaveToCollector() // the user may keep it for as long as they like
    return new Tensor(this.#gradArray)
  }

  /** @internal The gradient's array, without handing it to the user. */
  get gradArray(): NdArray | null {
    return this.#gradArray
  }

  /** @internal Have another gradient, or none. It is held until it is replaced or `zeroGrad()` lets it go. */
  setGrad(array: NdArray | null): void {
    array?.block.hold()
    this.#gradArray?.block.letGo()
    this.#gradArray = array
  }

  /** Forget the gradient: the next `backward()` starts from zero. */
  zeroGrad(): void {
    this.setGrad(null)
  }

  /** A copy of the numbers in row-major (NCHW) order. */
  get data(): Float32Array {
    const values = this.array.backend.read(this.array)
    return values instanceof Float32Array ? values : new Float32Array(values)
  }

  /** A copy in the backend's own precision (a Float64Array on the float64 backend). */
  get values(): FloatArray {
    return this.array.backend.read(this.array)
  }

  /** The one number of a tensor with one element. */
  item(): number {
    if (this.size !== 1)
      throw new ShapeError(`item: expected one element, got a tensor of shape ${showShape(this.shape)}`)
    return this.values[0]!
  }

  /** The numbers as nested arrays, one level an axis. */
  toArray(): NestedArray {
    const values = this.values
    const nest = (axis: number, start: number, size: number): NestedArray => {
      if (axis === this.rank) return values[start]!
      const step = size / this.shape[axis]!
      return Array.from({ length: this.shape[axis]! }, (_, i) => nest(axis + 1, start + i * step, step))
    }
    return nest(0, 0, this.size)
  }

  /** The same numbers without the history: no gradient flows through. */
  detach(): Tensor {
    return new Tensor(this.array)
  }

  /** Keep this tensor's memory beyond the module call or scope in which it was made. */
  retain(): this {
    this.array.block.leaveToCollector()
    return this
  }

  /** Overwrite the numbers in place, from row-major values of the same size. Not recorded by autograd. */
  set(values: ArrayLike<number>): this {
    if (values.length !== this.size) {
      throw new ShapeError(`set: expected ${this.size} values for shape ${showShape(this.shape)}, got ${values.length}`)
    }
    this.array.backend.write(this.array, values)
    return this
  }

  toString(): string {
    const shown = Array.from(this.values.slice(0, 6), (v) => Number(v.toPrecision(5)))
    const more = this.size > 6 ? ', …' : ''
    const made = this.node ? `, made by ${this.node.op.name}` : ''
    return `Tensor ${showShape(this.shape)} [${shown.join(', ')}${more}]${made}`
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString()
  }
}

/**
 * Run `fn` and free at its end whatever it allocated, except the tensors in its result (a tensor, or arrays and plain objects
 * of tensors) and what the tape or a user's `retain()` holds. Wrap a training step in it, and memory stays flat.
 */
export function scope<T>(fn: () => T): T {
  return scopeWith(fn, blocksIn)
}

/** @internal The memory of the tensors in a result. */
export function* blocksIn(result: unknown): Generator<NdArray['block']> {
  if (result instanceof Tensor) yield result.array.block
  else if (Array.isArray(result)) for (const item of result) yield* blocksIn(item)
  else if (result !== null && typeof result === 'object' && Object.getPrototypeOf(result) === Object.prototype) {
    for (const item of Object.values(result)) yield* blocksIn(item)
  }
}

/** A tensor that outlives every scope, for parameters and buffers. */
export function persistentTensor(values: ArrayLike<number>, shape: Shape, options: TensorOptions = {}): Tensor {
  return outsideScopes(() => new Tensor(getBackend().fromValues(values, shape), options))
}
