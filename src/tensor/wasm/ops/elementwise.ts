import {
  type ActivationName,
  type BinaryName,
  binaryFunctions,
  elementwise,
  type UnaryName,
} from '../../elementwise.js'
import { broadcastShapes, type Shape, sameShape } from '../../shape.js'
import { clearPadding } from '../copies.js'
import { WasmArray } from '../wasmArray.js'
import { inLayout, shapeOperations } from './shape.js'

const like = (x: WasmArray): WasmArray => WasmArray.allocate(x.backend, x.shape, x.layout)

/** Zero in the padded lanes: where an operation does not keep 0. */
export function clear(y: WasmArray): WasmArray {
  const { batch } = y
  if (batch) clearPadding(y.backend.runtime, y.address, y.floats / batch.Np, batch)
  return y
}

function unary(name: UnaryName, x: WasmArray, [a = 0, b = 0]: readonly number[] = []): WasmArray {
  const y = like(x)
  const args = { y: y.address, x: x.address, n: x.floats, a, b }
  x.backend.runtime.run(name, args)
  return elementwise[name].f(0, a, b) === 0 ? y : clear(y)
}

function activationGrad(
  name: ActivationName,
  dy: WasmArray,
  saved: WasmArray,
  [a = 0, b = 0]: readonly number[] = [],
): WasmArray {
  const dx = like(saved)
  const g = inLayout(dy, saved.layout)
  const args = { dx: dx.address, dy: g.address, saved: saved.address, n: dx.floats, a, b }
  dx.backend.runtime.run(`${name}Backward` as const, args)
  return dx
}

/** Two arrays of one shape in the layout of one of them, in lanes if either is. */
function inOneLayout(a: WasmArray, b: WasmArray): [WasmArray, WasmArray] {
  const layout = a.layout === 'lanes' ? 'lanes' : b.layout
  return [inLayout(a, layout), inLayout(b, layout)]
}

function binary(name: BinaryName, a: WasmArray, b: WasmArray): WasmArray {
  if (!sameShape(a.shape, b.shape)) {
    const shape = broadcastShapes(name, a.shape, b.shape)
    return broadcastBinary(name, a, b) ?? binary(name, repeated(a, shape), repeated(b, shape))
  }
  const [p, q] = inOneLayout(a, b)
  const y = like(p)
  y.backend.runtime.run(name, { y: y.address, p: p.address, q: q.address, n: y.floats })
  return binaryFunctions[name](0, 0) === 0 ? y : clear(y)
}

const repeated = (x: WasmArray, shape: Shape): WasmArray =>
  sameShape(x.shape, shape) ? x : shapeOperations.broadcastTo(x, shape)

function addRelu(a: WasmArray, b: WasmArray): WasmArray {
  const [p, q] = inOneLayout(a, b)
  const y = like(p)
  y.backend.runtime.run('addRelu', { y: y.address, p: p.address, q: q.address, n: y.floats })
  return y
}

/** x (N, C, …) in lanes with a value for each channel, or for each channel and image; null for other broadcasts. */
function broadcastBinary(name: BinaryName, a: WasmArray, b: WasmArray): WasmArray | null {
  if (name !== 'add' && name !== 'mul') return null
  // Both operations commute: let x be the larger.
  const [x, s] = a.size >= b.size ? [a, b] : [b, a]
  if (x.layout !== 'lanes' || x.shape.length < 2) return null
  const rt = x.backend.runtime
  if (s.layout === 'rows' && isChannelVector(s.shape, x.shape)) {
    const y = like(x)
    const args = { y: y.address, x: x.address, s: s.address, ...x.channels }
    if (name === 'add') rt.run('addChannel', args)
    else rt.run('mulChannel', args)
    return y
  }
  if (name === 'mul' && isImageVector(s.shape, x.shape)) {
    const y = like(x)
    rt.run('mulImage', { y: y.address, x: x.address, s: inLayout(s, 'lanes').address, ...x.planes })
    return y
  }
  return null
}

/** (C, 1, 1), (1, C, 1, 1), or (C,) for x (N, C): one value a channel. */
function isChannelVector(s: Shape, x: Shape): boolean {
  const aligned = [...new Array<number>(x.length - s.length).fill(1), ...s]
  return aligned.every((n, axis) => n === (axis === 1 ? x[1] : 1))
}

/** (N, C, 1, 1): one value a channel and image. */
const isImageVector = (s: Shape, x: Shape): boolean =>
  s.length === x.length && s.every((n, axis) => n === (axis < 2 ? x[axis] : 1))

function affine(x: WasmArray, scale: number, shift: number): WasmArray {
  const y = like(x)
  x.backend.runtime.run('affine', { y: y.address, x: x.address, n: x.floats, a: scale, b: shift })
  return shift === 0 ? y : clear(y)
}

function pow(x: WasmArray, exponent: number): WasmArray {
  const y = like(x)
  x.backend.runtime.run('pow', { y: y.address, x: x.address, n: x.floats, a: exponent })
  return exponent > 0 ? y : clear(y)
}

function clamp(x: WasmArray, low: number, high: number): WasmArray {
  const y = like(x)
  x.backend.runtime.run('clamp', { y: y.address, x: x.address, n: x.floats, low, high })
  return low <= 0 && high >= 0 ? y : clear(y)
}

function clampGrad(dy: WasmArray, x: WasmArray, low: number, high: number): WasmArray {
  const dx = like(x)
  const g = inLayout(dy, x.layout)
  x.backend.runtime.run('clampBackward', { dx: dx.address, dy: g.address, x: x.address, n: x.floats, low, high })
  return dx
}

function where(condition: WasmArray, a: WasmArray | null, b: WasmArray | null): WasmArray {
  const layout = a?.layout ?? b?.layout ?? condition.layout
  const c = inLayout(condition, layout)
  const y = like(c)
  const addressOf = (x: WasmArray | null): number => (x ? inLayout(x, layout).address : 0)
  y.backend.runtime.run('where', { y: y.address, c: c.address, p: addressOf(a), q: addressOf(b), n: y.floats })
  return y
}

function accumulate(into: WasmArray, x: WasmArray): void {
  const y = into.address
  into.backend.runtime.run('add', { y, p: y, q: inLayout(x, into.layout).address, n: into.floats })
}

function scale(x: WasmArray, factor: number): void {
  x.backend.runtime.run('affine', { y: x.address, x: x.address, n: x.floats, a: factor, b: 0 })
}

export const elementwiseOperations = {
  unary,
  activationGrad,
  binary,
  affine,
  pow,
  clamp,
  clampGrad,
  where,
  addRelu,
  accumulate,
  scale,
}
