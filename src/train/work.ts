import type { ConvSpec } from '../tensor/backend.js'
import { type Shape, sizeOf } from '../tensor/shape.js'
import type { OpWork } from '../tensor/spans.js'

/**
 * Floating-point operations of an operation's products, counted as the plain loops would do them: two for each multiply-add
 * of a convolution or a matrix product, whichever way they are really computed. Zero for everything else.
 */
export function flopsOf(name: string, { pass, inputs, needs, out }: OpWork): number {
  const products = pass === 'forward' ? 1 : Number(needs[0] ?? false) + Number(needs[1] ?? false)
  if (name === 'conv2d') return products * 2 * sizeOf(out) * sizeOf(inputs[1]!.slice(1))
  if (name === 'matmul') return products * 2 * Math.sqrt(sizeOf(inputs[0]!) * sizeOf(inputs[1]!) * sizeOf(out))
  return 0
}

/** Least bytes an operation moves: its inputs read and its result written, and the same for the gradients. */
export function bytesOf({ pass, inputs, needs, out }: OpWork): number {
  const bytes = (shapes: readonly Shape[]): number => shapes.reduce((sum, shape) => sum + 4 * sizeOf(shape), 0)
  if (pass === 'forward') return bytes([...inputs, out])
  return bytes([...inputs, out, ...inputs.filter((_, i) => needs[i])])
}

/** What kind of operation it is: `conv2d 3×3`, `conv2d 3×3 depthwise`, `batchNorm`. */
export function describeKind(name: string, { inputs, options }: OpWork): string {
  if (name !== 'conv2d') return name
  const [, groupChannels, height, width] = inputs[1]!
  const { stride, groups } = options as ConvSpec
  const kind = groups > 1 && groupChannels === 1 ? ' depthwise' : groups > 1 ? ` in ${groups} groups` : ''
  return `conv2d ${height}×${width}${kind}${stride[0] > 1 ? ` /${stride[0]}` : ''}`
}

/** The same with its shape: `conv2d 3×3 16→32 @32×32`, channels and the output's plane. */
export function describeOp(name: string, work: OpWork): string {
  const [, channels = 1, ...plane] = work.out
  const at = plane.length > 0 ? ` @${plane.join('×')}` : ''
  return `${describeKind(name, work)} ${name === 'conv2d' ? `${work.inputs[0]![1]}→` : ''}${channels}${at}`
}
