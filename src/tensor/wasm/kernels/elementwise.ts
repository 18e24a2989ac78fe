/**
 * Flat kernels: y[i] = f(x[i], …) for n floats. Results may overwrite an operand. Where f(0, …) is not 0, the function takes
 * the batch of an activation as its last argument and zeroes the padded lanes; leave it out for any other array.
 */
import type { ActivationName, BinaryName, UnaryName } from '../../backend.js'
import type { WasmRuntime } from '../runtime.js'
import type { Batch, Lanes } from './lanes.js'
import { clearPadding } from './layout.js'

type Unary = (rt: WasmRuntime, y: number, x: number, n: number) => void
type PaddedUnary = (rt: WasmRuntime, y: number, x: number, n: number, batch?: Batch) => void
type Binary = (rt: WasmRuntime, y: number, a: number, b: number, n: number) => void
/** dx = f′(…) · dy, with the input or the output of f as the comment says. dx may be dy. */
type Gradient = (rt: WasmRuntime, dx: number, dy: number, inputOrOutput: number, n: number) => void

const unary =
  (name: UnaryName): Unary =>
  (rt, y, x, n) =>
    rt.run(name, { y, x, n })

const paddedUnary =
  (name: UnaryName): PaddedUnary =>
  (rt, y, x, n, batch) => {
    rt.run(name, { y, x, n })
    clearFlat(rt, y, n, batch)
  }

const binary =
  (name: BinaryName | 'addRelu'): Binary =>
  (rt, y, p, q, n) =>
    rt.run(name, { y, p, q, n })

const gradient =
  (name: ActivationName): Gradient =>
  (rt, dx, dy, saved, n) =>
    rt.run(`${name}Backward` as const, { dx, dy, saved, n })

function clearFlat(rt: WasmRuntime, y: number, n: number, batch?: Batch): void {
  if (batch) clearPadding(rt, y, n / batch.Np, batch)
}

export const neg = unary('neg')
export const abs = unary('abs')
export const sign = unary('sign')
export const sqrt = unary('sqrt')
export const square = unary('square')
export const relu = unary('relu')
export const relu6 = unary('relu6')
export const tanh = unary('tanh')
/** x · relu6(x + 3) / 6 */
export const hardSwish = unary('hardSwish')
/** x / (1 + e⁻ˣ) */
export const silu = unary('silu')
export const exp = paddedUnary('exp')
export const log = paddedUnary('log')
export const sigmoid = paddedUnary('sigmoid')
/** relu6(x + 3) / 6 */
export const hardSigmoid = paddedUnary('hardSigmoid')

export const add = binary('add')
export const sub = binary('sub')
export const mul = binary('mul')
/** y = max(a + b, 0) */
export const addRelu = binary('addRelu')

/** y = a / b. With a batch: 0 / 0 in the padded lanes becomes 0. */
export function div(rt: WasmRuntime, y: number, p: number, q: number, n: number, batch?: Batch): void {
  rt.run('div', { y, p, q, n })
  clearFlat(rt, y, n, batch)
}

/** dst += src */
export function accumulate(rt: WasmRuntime, dst: number, src: number, n: number): void {
  rt.run('add', { y: dst, p: dst, q: src, n })
}

/** y = a · x + b */
export function affine(rt: WasmRuntime, y: number, x: number, n: number, a: number, b: number, batch?: Batch): void {
  rt.run('affine', { y, x, n, a, b })
  if (b !== 0) clearFlat(rt, y, n, batch)
}

/** y = a · x */
export function scale(rt: WasmRuntime, y: number, x: number, n: number, a: number): void {
  rt.run('affine', { y, x, n, a, b: 0 })
}

/** y = x to the power a */
export function pow(rt: WasmRuntime, y: number, x: number, n: number, a: number, batch?: Batch): void {
  rt.run('pow', { y, x, n, a })
  if (a <= 0) clearFlat(rt, y, n, batch)
}

/** From the output (or the input). */
export const reluBackward: Gradient = gradient('relu')
/** From the output (or the input). */
export const relu6Backward: Gradient = gradient('relu6')
/** From the output. */
export const sigmoidBackward: Gradient = gradient('sigmoid')
/** From the output. */
export const tanhBackward: Gradient = gradient('tanh')
/** From the input. */
export const hardSigmoidBackward: Gradient = gradient('hardSigmoid')
/** From the input. */
export const hardSwishBackward: Gradient = gradient('hardSwish')
/** From the input. */
export const siluBackward: Gradient = gradient('silu')

/** y = x + s[c] for x (C, P, Np) and s (C). */
export function addChannel(rt: WasmRuntime, y: number, x: number, s: number, shape: Lanes): void {
  rt.run('addChannel', { y, x, s, ...shape })
}

/** y = x · s[c] for x (C, P, Np) and s (C). */
export function mulChannel(rt: WasmRuntime, y: number, x: number, s: number, shape: Lanes): void {
  rt.run('mulChannel', { y, x, s, ...shape })
}

/** y = x · s[c, n] for x (C, P, Np) and s (C, Np). */
export function mulImage(rt: WasmRuntime, y: number, x: number, s: number, { C, P, Np }: Lanes): void {
  rt.run('mulImage', { y, x, s, C, P, Np })
}

/** y = a · s[c, n] at all places, for y (C, P, Np) and s (C, Np). */
export function spreadImage(rt: WasmRuntime, y: number, s: number, { C, P, Np }: Lanes, a = 1): void {
  rt.run('spreadImage', { y, s, C, P, Np, a })
}
