import { getBackend } from './backend.js'
import { GhostgradError, knownOptions, ShapeError, showShape } from './errors.js'
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
    if (Array.isArray(flat)) flat.forEach(requireNumber)
    if (flat.length !== sizeOf(shapeOrOptions)) {
      throw new ShapeError(
        `tensor: shape ${showShape(shapeOrOptions)} needs ${sizeOf(shapeOrOptions)} values, got ${flat.length}`,
      )
    }
    return new Tensor(getBackend().fromValues(flat, shapeOrOptions), tensorOptions('tensor', options))
  }
  const own = tensorOptions('tensor', shapeOrOptions as TensorOptions | undefined)
  if (ArrayBuffer.isView(values)) {
    return new Tensor(getBackend().fromValues(values as FloatSource, [(values as FloatSource).length]), own)
  }
  const nested = values as NestedArray
  const shape: number[] = []
  for (let level: NestedArray | undefined = nested; Array.isArray(level); level = level[0]) shape.push(level.length)
  return new Tensor(getBackend().fromValues(flatten(nested, shape, 0), shape), own)
}

type FloatSource = Float32Array | Float64Array | Int32Array

/** @param axis that `values` lies along, and `shape.length` for a number */
function flatten(values: NestedArray, shape: Shape, axis: number): number[] {
  if (!Array.isArray(values)) {
    requireNumber(values)
    if (axis === shape.length) return [values]
  } else if (values.length === shape[axis]) {
    return values.flatMap((item) => flatten(item, shape, axis + 1))
  }
  throw new ShapeError(
    `tensor: nested arrays of unequal length; expected every one at axis ${axis} to have ${shape[axis] ?? 'numbers'}`,
  )
}

function requireNumber(value: unknown): void {
  if (typeof value === 'number') return
  const got = typeof value === 'object' && value !== null ? `a ${value.constructor.name}` : typeof value
  const shown = typeof value === 'string' ? `"${value}"` : typeof value === 'object' ? got : String(value)
  throw new GhostgradError(`tensor: expected numbers, got ${shown === got ? got : `${shown} (${got})`}`)
}

const tensorOptions = (who: string, options: TensorOptions = {}): TensorOptions =>
  knownOptions(who, options, ['requiresGrad'])

const randomOptions = (who: string, options: RandomOptions): RandomOptions =>
  knownOptions(who, options, ['requiresGrad', 'generator'])

/** A tensor with one number everywhere. */
export function full(shape: Shape, value: number, options?: TensorOptions): Tensor {
  checkShape('full', shape)
  return new Tensor(getBackend().full(shape, value), tensorOptions('full', options))
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
  checkShape('randn', shape)
  const { requiresGrad, generator = getDefaultGenerator() } = randomOptions('randn', options)
  return tensor(
    new Float64Array(sizeOf(shape)).map(() => generator.normal()),
    shape,
    { requiresGrad },
  )
}

/** Independent values, uniform over [0, 1). */
export function rand(shape: Shape, options: RandomOptions = {}): Tensor {
  checkShape('rand', shape)
  const { requiresGrad, generator = getDefaultGenerator() } = randomOptions('rand', options)
  return tensor(
    new Float64Array(sizeOf(shape)).map(() => generator.uniform()),
    shape,
    { requiresGrad },
  )
}
