import type { ActivationName, BinaryName, UnaryName } from '../backend.js'
import { type Shape, sameShape } from '../shape.js'
import * as k from './kernels/elementwise.js'
import { inLayout } from './strided.js'
import { WasmArray } from './wasmArray.js'

const unaryKernels: Pick<typeof k, UnaryName> = k
const binaryKernels: Pick<typeof k, BinaryName> = k

const like = (x: WasmArray): WasmArray => WasmArray.allocate(x.backend, x.shape, x.layout)

export function unary(name: UnaryName, x: WasmArray): WasmArray {
  const y = like(x)
  unaryKernels[name](x.backend.runtime, y.address, x.address, x.floats, x.batch)
  return y
}

const gradients = {
  relu: k.reluBackward,
  relu6: k.relu6Backward,
  sigmoid: k.sigmoidBackward,
  tanh: k.tanhBackward,
  hardSigmoid: k.hardSigmoidBackward,
  hardSwish: k.hardSwishBackward,
  silu: k.siluBackward,
} satisfies Record<ActivationName, unknown>

export function activationGrad(name: ActivationName, dy: WasmArray, saved: WasmArray): WasmArray {
  const dx = like(saved)
  const g = inLayout(dy, saved.layout)
  gradients[name](dx.backend.runtime, dx.address, g.address, saved.address, dx.floats)
  return dx
}

/** Elementwise on equal shapes; null where the shapes need a broadcast that has no kernel. */
export function binary(name: BinaryName, a: WasmArray, b: WasmArray): WasmArray | null {
  if (!sameShape(a.shape, b.shape)) return broadcastBinary(name, a, b)
  const layout = a.layout === 'lanes' ? 'lanes' : b.layout
  const [p, q] = [inLayout(a, layout), inLayout(b, layout)]
  const y = like(p)
  binaryKernels[name](y.backend.runtime, y.address, p.address, q.address, y.floats, y.batch)
  return y
}

export function addRelu(a: WasmArray, b: WasmArray): WasmArray {
  const layout = a.layout === 'lanes' ? 'lanes' : b.layout
  const [p, q] = [inLayout(a, layout), inLayout(b, layout)]
  const y = like(p)
  k.addRelu(y.backend.runtime, y.address, p.address, q.address, y.floats)
  return y
}

/** x (N, C, …) in lanes with a value for each channel, or for each channel and image. */
function broadcastBinary(name: BinaryName, a: WasmArray, b: WasmArray): WasmArray | null {
  if (name !== 'add' && name !== 'mul') return null
  // Both operations commute: let x be the larger.
  const [x, s] = a.size >= b.size ? [a, b] : [b, a]
  if (x.layout !== 'lanes' || x.shape.length < 2) return null
  const rt = x.backend.runtime
  if (s.layout === 'rows' && isChannelVector(s.shape, x.shape)) {
    const y = like(x)
    const kernel = name === 'add' ? k.addChannel : k.mulChannel
    kernel(rt, y.address, x.address, s.address, x.channels)
    return y
  }
  if (name === 'mul' && isImageVector(s.shape, x.shape)) {
    const y = like(x)
    k.mulImage(rt, y.address, x.address, inLayout(s, 'lanes').address, x.planes)
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

export function affine(x: WasmArray, scale: number, shift: number): WasmArray {
  const y = like(x)
  if (shift === 0) k.scale(y.backend.runtime, y.address, x.address, x.floats, scale)
  else k.affine(y.backend.runtime, y.address, x.address, x.floats, scale, shift, x.batch)
  return y
}

export function pow(x: WasmArray, exponent: number): WasmArray {
  const y = like(x)
  k.pow(y.backend.runtime, y.address, x.address, x.floats, exponent, x.batch)
  return y
}

export function accumulate(into: WasmArray, x: WasmArray): void {
  k.accumulate(into.backend.runtime, into.address, inLayout(x, into.layout).address, into.floats)
}

export function scaleInPlace(x: WasmArray, factor: number): void {
  k.scale(x.backend.runtime, x.address, x.address, x.floats, factor)
}
