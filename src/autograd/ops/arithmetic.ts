import { ShapeError, showShape } from '../../tensor/errors.js'
import type { NdArray } from '../../tensor/ndarray.js'
import { broadcastShapes, sameShape } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { defineOp } from '../op.js'

/** Two operands that broadcast; the engine sums each gradient back to its operand's shape. */
const check = (name: string, a: NdArray, b: NdArray): void => {
  broadcastShapes(name, a.shape, b.shape)
}

const addOp = defineOp({
  name: 'add',
  rule: 'da = dy, db = dy',
  forward: ([a, b], _: void, { backend }) => {
    check('add', a!, b!)
    return { out: backend.binary('add', a!, b!), saved: null }
  },
  backward: (dy) => [dy, dy],
})

const addReluOp = defineOp({
  name: 'addRelu',
  rule: 'da = db = dy where y > 0',
  forward: ([a, b], _: void, { backend }) => {
    const y = backend.addRelu(a!, b!)
    return { out: y, saved: y }
  },
  backward: (dy, y, { backend }) => {
    const g = backend.activationGrad('relu', dy, y)
    return [g, g]
  },
})

const subOp = defineOp({
  name: 'sub',
  rule: 'da = dy, db = −dy',
  forward: ([a, b], _: void, { backend }) => {
    check('sub', a!, b!)
    return { out: backend.binary('sub', a!, b!), saved: null }
  },
  backward: (dy, _, { backend, needs }) => [dy, needs[1] ? backend.unary('neg', dy) : null],
})

const mulOp = defineOp({
  name: 'mul',
  rule: 'da = dy · b, db = dy · a',
  forward: ([a, b], _: void, { backend, needs }) => {
    check('mul', a!, b!)
    // Each factor is needed only for the other one's gradient.
    return { out: backend.binary('mul', a!, b!), saved: { a: needs[1] ? a! : null, b: needs[0] ? b! : null } }
  },
  backward: (dy, { a, b }, { backend }) => [b && backend.binary('mul', dy, b), a && backend.binary('mul', dy, a)],
})

const divOp = defineOp({
  name: 'div',
  rule: 'da = dy / b, db = −dy · y / b',
  forward: ([a, b], _: void, { backend, needs }) => {
    check('div', a!, b!)
    const y = backend.binary('div', a!, b!)
    return { out: y, saved: { b: b!, y: needs[1] ? y : null } }
  },
  backward: (dy, { b, y }, { backend }) => {
    const da = backend.binary('div', dy, b)
    return [da, y && backend.unary('neg', backend.binary('mul', da, y))]
  },
})

const affineOp = defineOp({
  name: 'affine',
  rule: 'dx = scale · dy',
  forward: ([x], { scale, shift }: { scale: number; shift: number }, { backend }) => ({
    out: backend.affine(x!, scale, shift),
    saved: null,
  }),
  backward: (dy, _, { backend, options }) => [backend.affine(dy, options.scale, 0)],
})

const powOp = defineOp({
  name: 'pow',
  rule: 'dx = dy · n · xⁿ⁻¹',
  forward: ([x], { exponent }: { exponent: number }, { backend }) => ({ out: backend.pow(x!, exponent), saved: x! }),
  backward: (dy, x, { backend, options: { exponent } }) => {
    // x⁰ is 1 at 0 too; there 0 · x⁻¹ would not be a number.
    const slope = exponent === 0 ? backend.full(x.shape, 0) : backend.affine(backend.pow(x, exponent - 1), exponent, 0)
    return [backend.binary('mul', dy, slope)]
  },
})

/** a + b, with broadcasting. */
export const add = (a: Tensor, b: Tensor | number): Tensor =>
  typeof b === 'number' ? affineOp([a], { scale: 1, shift: b }) : addOp([a, b])

/** relu(a + b) in one pass over memory; equal shapes. */
export function addRelu(a: Tensor, b: Tensor): Tensor {
  if (!sameShape(a.shape, b.shape)) {
    throw new ShapeError(`addRelu: expected equal shapes, got ${showShape(a.shape)} and ${showShape(b.shape)}`)
  }
  return addReluOp([a, b])
}

/** a − b, with broadcasting. */
export const sub = (a: Tensor, b: Tensor | number): Tensor =>
  typeof b === 'number' ? affineOp([a], { scale: 1, shift: -b }) : subOp([a, b])

/** a · b elementwise, with broadcasting. */
export const mul = (a: Tensor, b: Tensor | number): Tensor =>
  typeof b === 'number' ? affineOp([a], { scale: b, shift: 0 }) : mulOp([a, b])

/** a / b elementwise, with broadcasting. */
export const div = (a: Tensor, b: Tensor | number): Tensor =>
  typeof b === 'number' ? affineOp([a], { scale: 1 / b, shift: 0 }) : divOp([a, b])

/** −x */
export const neg = (x: Tensor): Tensor => affineOp([x], { scale: -1, shift: 0 })

/** xⁿ elementwise, for a constant n. */
export const pow = (x: Tensor, exponent: number): Tensor => powOp([x], { exponent })
