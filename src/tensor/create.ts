import { getBackend } from './backend.js'
import { ShapeError, showShape } from './errors.js'
import { type Generator, getDefaultGenerator } from './random.js'
import { checkShape, type Shape, sizeOf } from './shape.js'
import { type NestedArray, Tensor, type TensorOptions } from './tensor.js'

/**
 * A tensor from a number, nested arrays, or a flat array and a shape.
 * @example tensor([[1, 2], [3, 4]], { requiresGrad: true })
 * @example tensor(new Float32Array(12), [3, 4])
 */
export function tensor(values: NestedArray | FloatSource, options?: TensorOptions): Tensor
export function tensor(values: ArrayLike<number>, shape: Shape, options?: TensorOptions): Tensor
export function tensor(
  values: NestedArray | FloatSource | ArrayLike<number>,
  shapeOrOptions?: Shape | TensorOptions,
  options?: TensorOptions,
): Tensor {
  if (Array.isArray(shapeOrOptions)) {
    checkShape('tensor', shapeOrOptions)
    const flat = values as ArrayLike<number>
    if (flat.length !== sizeOf(shapeOrOptions)) {
      throw new ShapeError(
        `tensor: shape ${showShape(shapeOrOptions)} needs ${sizeOf(shapeOrOptions)} values, got ${flat.length}`,
      )
    }
    return new Tensor(getBackend().fromValues(flat, shapeOrOptions), options)
  }
  const own = shapeOrOptions as TensorOptions | undefined
  if (ArrayBuffer.isView(values)) {
    return new Tensor(getBackend().fromValues(values as FloatSource, [(values as FloatSource).length]), own)
  }
  const nested = values as NestedArray
  const shape: number[] = []
  for (let level: NestedArray | undefined = nested; Array.isArray(level); level = level[0]) shape.push(level.length)
  return new Tensor(getBackend().fromValues(flatten(nested, shape, 0), shape), own)
}

type FloatSource = Float32Array | Float64Array | Int32Array

function flatten(values: NestedArray, shape: Shape, axis: number): number[] {
  if (axis === shape.length && typeof values === 'number') return [values]
  if (!Array.isArray(values) || values.length !== shape[axis]) {
    throw new ShapeError(
      `tensor: nested arrays of unequal length; expected every one at axis ${axis} to have ${shape[axis]}`,
    )
  }
  return values.flatMap((item) => flatten(item, shape, axis + 1))
}

/** A tensor with one number everywhere. */
export function full(shape: Shape, value: number, options?: TensorOptions): Tensor {
  checkShape('full', shape)
  return new Tensor(getBackend().full(shape, value), options)
}

/** A tensor of zeros. */
export const zeros = (shape: Shape, options?: TensorOptions): Tensor => full(shape, 0, options)

/** A tensor of ones. */
export const ones = (shape: Shape, options?: TensorOptions): Tensor => full(shape, 1, options)

/** 0, 1, …, n − 1 */
export const arange = (n: number, options?: TensorOptions): Tensor =>
  tensor(
    Array.from({ length: n }, (_, i) => i),
    [n],
    options,
  )

export interface RandomOptions extends TensorOptions {
  /** Where the numbers come from; default: the generator that `manualSeed` seeds. */
  generator?: Generator
}

/** Independent standard normal values. */
export function randn(shape: Shape, options: RandomOptions = {}): Tensor {
  const generator = options.generator ?? getDefaultGenerator()
  return tensor(
    new Float64Array(sizeOf(shape)).map(() => generator.normal()),
    shape,
    options,
  )
}

/** Independent values, uniform over [0, 1). */
export function rand(shape: Shape, options: RandomOptions = {}): Tensor {
  const generator = options.generator ?? getDefaultGenerator()
  return tensor(
    new Float64Array(sizeOf(shape)).map(() => generator.uniform()),
    shape,
    options,
  )
}
