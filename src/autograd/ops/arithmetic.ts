import { ShapeError, showShape } from '../../tensor/errors.js'
import type { NdArray } from '../../tensor/ndarray.js'
import { broadcastShapes, sameShape } from '../../tensor/shape.js'
import { Tensor } from '../../tensor/tensor.js'
import { defineOp } from '../op.js'
import { clamp } from './select.js'

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

const powerOp = defineOp({
  name: 'power',
  rule: 'da = dy · b · aᵇ⁻¹, db = dy · y · log a',
  forward: ([a, b], _: void, { backend }) => {
    check('pow', a!, b!)
    const y = backend.binary('power', a!, b!)
    return { out: y, saved: { a: a!, b: b!, y } }
  },
  backward: (dy, { a, b, y }, { backend, needs }) => {
    const like = (x: NdArray): NdArray => backend.broadcastTo(x, y.shape)
    const slope = () => backend.binary('mul', b, backend.binary('power', a, backend.affine(b, 1, -1)))
    const growth = () => backend.binary('mul', y, backend.unary('log', a))
    // b · aᵇ⁻¹ is 0 for b = 0 and y · log a for a = 0, also where their factors are infinite.
    return [
      needs[0] ? backend.binary('mul', dy, backend.where(like(b), slope(), null)) : null,
      needs[1] ? backend.binary('mul', dy, backend.where(like(a), growth(), null)) : null,
    ]
  },
})

const extreme = (name: 'maximum' | 'minimum', sign: string, share: number) => {
  const op = defineOp({
    name,
    rule: `da = dy where a ${sign} b, dy / 2 where a = b; db = dy − da`,
    forward: ([a, b], _: void, { backend }) => {
      check(name, a!, b!)
      return { out: backend.binary(name, a!, b!), saved: { a: a!, b: b! } }
    },
    backward: (dy, { a, b }, { backend, needs }) => {
      const order = backend.binary('compare', a, b)
      const part = (slope: number) => backend.binary('mul', dy, backend.affine(order, slope, 0.5))
      return [needs[0] ? part(share) : null, needs[1] ? part(-share) : null]
    },
  })
  return (a: Tensor, b: Tensor | number): Tensor => {
    if (b instanceof Tensor) return op([a, b])
    return name === 'maximum' ? clamp(a, b) : clamp(a, null, b)
  }
}

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

/** xⁿ elementwise, for a constant n or, with broadcasting, for an exponent each. */
export const pow = (x: Tensor, exponent: Tensor | number): Tensor =>
  typeof exponent === 'number' ? powOp([x], { exponent }) : powerOp([x, exponent])

/**
 * The larger of a and b, with broadcasting; not a number where either is none. Where they are equal, each gets half of the gradient, or a
 * all of it if b is a number.
 */
export const maximum = extreme('maximum', '>', 0.5)

/**
 * The smaller of a and b, with broadcasting; not a number where either is none. Where they are equal, each gets half of the gradient, or a
 * all of it if b is a number.
 */
export const minimum = extreme('minimum', '<', -0.5)
