/**
 * Flat kernels: y[i] = f(x[i], …) for n floats. Results may overwrite an operand. Where f(0, …) is not 0, the function takes
 * the batch of an activation as its last argument and zeroes the padded lanes; leave it out for any other array.
 */
import type { WasmRuntime } from '../runtime.js'
import type { Batch, Lanes } from './lanes.js'
import { clearPadding } from './layout.js'

type Unary = (rt: WasmRuntime, y: number, x: number, n: number) => void
type PaddedUnary = (rt: WasmRuntime, y: number, x: number, n: number, batch?: Batch) => void
type Binary = (rt: WasmRuntime, y: number, a: number, b: number, n: number) => void
/** dx = f′(…) · dy, with the input or the output of f as the comment says. dx may be dy. */
type Gradient = (rt: WasmRuntime, dx: number, dy: number, inputOrOutput: number, n: number) => void

const unary =
  (name: string): Unary =>
  (rt, y, x, n) =>
    rt.runBlock(name, [y, x, n])

const paddedUnary =
  (name: string): PaddedUnary =>
  (rt, y, x, n, batch) => {
    rt.runBlock(name, [y, x, n])
    clearFlat(rt, y, n, batch)
  }

const binary =
  (name: string): Binary =>
  (rt, y, a, b, n) =>
    rt.runBlock(name, [y, a, b, n])

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
export function div(rt: WasmRuntime, y: number, a: number, b: number, n: number, batch?: Batch): void {
  rt.runBlock('div', [y, a, b, n])
  clearFlat(rt, y, n, batch)
}

/** dst += src */
export function accumulate(rt: WasmRuntime, dst: number, src: number, n: number): void {
  rt.runBlock('add', [dst, dst, src, n])
}

/** y = a · p + b · q */
export function axpby(rt: WasmRuntime, y: number, a: number, p: number, b: number, q: number, n: number): void {
  rt.runBlock('axpby', [y, p, q, n], [a, b])
}

/** y = a · x + b */
export function affine(rt: WasmRuntime, y: number, x: number, n: number, a: number, b: number, batch?: Batch): void {
  rt.runBlock('affine', [y, x, n], [a, b])
  if (b !== 0) clearFlat(rt, y, n, batch)
}

/** y = a · x */
export function scale(rt: WasmRuntime, y: number, x: number, n: number, a: number): void {
  rt.runBlock('affine', [y, x, n], [a, 0])
}

/** y = x to the power a */
export function pow(rt: WasmRuntime, y: number, x: number, n: number, a: number, batch?: Batch): void {
  rt.runBlock('pow', [y, x, n], [a])
  if (a <= 0) clearFlat(rt, y, n, batch)
}

/** From the output (or the input). */
export const reluBackward: Gradient = binary('reluBackward')
/** From the output (or the input). */
export const relu6Backward: Gradient = binary('relu6Backward')
/** From the output. */
export const sigmoidBackward: Gradient = binary('sigmoidBackward')
/** From the output. */
export const tanhBackward: Gradient = binary('tanhBackward')
/** From the input. */
export const hardSigmoidBackward: Gradient = binary('hardSigmoidBackward')
/** From the input. */
export const hardSwishBackward: Gradient = binary('hardSwishBackward')
/** From the input. */
export const siluBackward: Gradient = binary('siluBackward')

/** y = x + s[c] for x (C, P, Np) and s (C). */
export function addChannel(rt: WasmRuntime, y: number, x: number, s: number, { C, P, N, Np }: Lanes): void {
  rt.runBlock('addChannel', [y, x, s, C, P, N, Np])
}

/** y = x · s[c] for x (C, P, Np) and s (C). */
export function mulChannel(rt: WasmRuntime, y: number, x: number, s: number, { C, P, N, Np }: Lanes): void {
  rt.runBlock('mulChannel', [y, x, s, C, P, N, Np])
}

/** y = x · s[c, n] for x (C, P, Np) and s (C, Np); with `accumulate` y += …. */
export function mulImage(
  rt: WasmRuntime,
  y: number,
  x: number,
  s: number,
  { C, P, Np }: Lanes,
  accumulate = false,
): void {
  rt.runBlock('mulImage', [y, x, s, C, P, Np, Number(accumulate)])
}

/** y = a · s[c, n] at all places, for y (C, P, Np) and s (C, Np); with `accumulate` y += …. */
export function spreadImage(
  rt: WasmRuntime,
  y: number,
  s: number,
  { C, P, Np }: Lanes,
  a = 1,
  accumulate = false,
): void {
  rt.runBlock('spreadImage', [y, s, C, P, Np, Number(accumulate)], [a])
}
