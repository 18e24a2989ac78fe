import type { BatchNormCall } from '../../autograd/ops/batchNorm.js'
import type { ConvTransposeCall } from '../../autograd/ops/convTranspose.js'
import type { GroupNormCall } from '../../autograd/ops/groupNorm.js'
import type { InterpolateCall } from '../../autograd/ops/interpolate.js'
import type { MatmulOptions } from '../../autograd/ops/linear.js'
import type { AvgPoolSpec, ConvSpec, MaxPoolSpec, PoolSpec } from '../../tensor/backend.js'
import { GhostgradError, showShape } from '../../tensor/errors.js'
import type { Call } from './converters.js'
import type { Attribute, Emitter } from './graph.js'

type Pair = readonly [number, number]

/** Padding at the beginning of each axis, then at the end. */
const pads = ([height, width]: Pair): Attribute => ({ ints: [height, width, height, width] })

const windowOf = ({ kernel, stride, padding, ceilMode = false }: PoolSpec) => ({
  kernel_shape: { ints: kernel },
  strides: { ints: stride },
  pads: pads(padding),
  ceil_mode: { int: Number(ceilMode) },
})

function avgPool2d({ inputs: [x], options }: Call<AvgPoolSpec>, emit: Emitter): string {
  const { kernel, countIncludePad, divisor } = options
  // A divisor of its own: as if padding counted, but times the size of a window.
  const average = emit.node('AveragePool', [x!], {
    ...windowOf(options),
    count_include_pad: { int: Number(divisor !== undefined || countIncludePad) },
  })
  if (divisor === undefined) return average
  return emit.node('Mul', [average, emit.scalar('scale', (kernel[0] * kernel[1]) / divisor)])
}

const conv2d = ({ inputs, shapes, options }: Call<ConvSpec>, emit: Emitter): string =>
  emit.node('Conv', [...inputs], {
    kernel_shape: { ints: shapes[1]!.slice(2) },
    strides: { ints: options.stride },
    pads: pads(options.padding),
    dilations: { ints: options.dilation },
    group: { int: options.groups },
  })

/** By the running statistics; what was fused into one pass comes apart into operators of its own. */
function batchNorm({ inputs, shapes, options }: Call<BatchNormCall>, emit: Emitter): string {
  const { running, training, eps, relu, hasWeight, hasResidual } = options
  if (training || !running) {
    throw new GhostgradError(
      `ONNX export: the batch norm "${emit.path}" keeps no running statistics: its output depends on the whole batch`,
    )
  }
  const channels = shapes[0]![1]!
  const constant = (what: string, value: number) => emit.floats(what, [channels], new Array(channels).fill(value))
  const [scale, shift] = hasWeight ? [inputs[1]!, inputs[2]!] : [constant('weight', 1), constant('bias', 0)]
  const mean = emit.array(running.mean, 'running_mean')
  const variance = emit.array(running.variance, 'running_var')
  let y = emit.node('BatchNormalization', [inputs[0]!, scale, shift, mean, variance], { epsilon: { float: eps } })
  if (hasResidual) y = emit.node('Add', [y, inputs.at(-1)!])
  return relu ? emit.node('Relu', [y]) : y
}

function matmul({ inputs: [a, b], shapes, options }: Call<MatmulOptions>, emit: Emitter): string {
  const { transposeA, transposeB } = options
  if (shapes[0]!.length !== 2) return emit.node('MatMul', [a!, b!]) // nothing with more axes is read transposed
  return emit.node('Gemm', [a!, b!], { transA: { int: Number(transposeA) }, transB: { int: Number(transposeB) } })
}

/** ONNX averages over the whole plane or over equal windows. */
function adaptiveAvgPool2d({ inputs: [x], shapes: [from], options }: Call<{ size: Pair }>, emit: Emitter): string {
  const plane = from!.slice(2) as [number, number]
  const { size } = options
  if (size.every((n) => n === 1)) return emit.node('GlobalAveragePool', [x!])
  if (plane.some((n, i) => n % size[i]! !== 0)) {
    throw new GhostgradError(
      `ONNX export: adaptiveAvgPool2d in "${emit.path}" averages ${showShape(plane)} down to ${showShape(size)} ` +
        'by windows of unequal size, for which ONNX has no operator; expected sizes that divide',
    )
  }
  const kernel: Pair = [plane[0] / size[0], plane[1] / size[1]]
  return emit.node('AveragePool', [x!], windowOf({ kernel, stride: kernel, padding: [0, 0] }))
}

const convTranspose2d = ({ inputs, shapes, options }: Call<ConvTransposeCall>, emit: Emitter): string =>
  emit.node('ConvTranspose', [...inputs], {
    kernel_shape: { ints: shapes[1]!.slice(2) },
    strides: { ints: options.spec.stride },
    pads: pads(options.spec.padding),
    output_padding: { ints: options.outputPadding },
    dilations: { ints: options.spec.dilation },
    group: { int: options.spec.groups },
  })

/** The names of weight and bias among the inputs. */
function affineOf({ inputs, options }: Call<GroupNormCall>): { weight: string | null; bias: string | null } {
  return { weight: options.hasWeight ? inputs[1]! : null, bias: options.hasBias ? inputs.at(-1)! : null }
}

/**
 * Groups get axes of their own: (N, C / channels, channels, P / places, places), of which the third and the last are
 * normalized over.
 */
function groupNorm(call: Call<GroupNormCall>, emit: Emitter): string {
  const { channels, places, affine } = call.options.spec
  const [, C = 1, ...plane] = call.shape
  const P = plane.reduce((product, n) => product * n, 1)
  const reduced = { axes: { ints: [2, 4] } }
  const x = emit.node('Reshape', [
    call.inputs[0]!,
    emit.ints('groups', [0, C / channels, channels, P / places, places]),
  ])
  const centred = emit.node('Sub', [x, emit.node('ReduceMean', [x], reduced)])
  const variance = emit.node('ReduceMean', [emit.node('Mul', [centred, centred])], reduced)
  const deviation = emit.node('Sqrt', [emit.node('Add', [variance, emit.scalar('epsilon', call.options.eps)])])
  let y = emit.node('Div', [centred, deviation])
  const { weight, bias } = affineOf(call)
  const numbers = {
    channel: [C / channels, channels, 1, 1],
    place: [1, 1, 1, places],
    both: [1, C, 1, P],
  }[affine]
  const inGroups = (name: string): string => emit.node('Reshape', [name, emit.ints('numbers', numbers)])
  if (weight) y = emit.node('Mul', [y, inGroups(weight)])
  if (bias) y = emit.node('Add', [y, inGroups(bias)])
  return emit.node('Reshape', [y, emit.ints('shape', [0, ...call.shape.slice(1)])])
}

/** Over the last axes ONNX has an operator. */
function layerNorm(call: Call<GroupNormCall>, emit: Emitter): string {
  const { spec, eps } = call.options
  if (spec.affine === 'channel') return groupNorm(call, emit)
  const { weight, bias } = affineOf(call)
  const sizes = normalizedSizes(call)
  const ones = () => emit.floats('weight', sizes, new Array(sizes.reduce((a, b) => a * b, 1)).fill(1))
  return emit.node('LayerNormalization', [call.inputs[0]!, weight ?? ones(), ...(bias ? [bias] : [])], {
    axis: { int: call.shape.length - sizes.length },
    epsilon: { float: eps },
  })
}

/** The last axes of x that together are what is normalized. */
function normalizedSizes({ shape, options: { spec } }: Call<GroupNormCall>): number[] {
  const first = shape.findIndex((_, axis) => {
    return axis > 0 && shape.slice(axis).reduce((product, n) => product * n, 1) === spec.channels * spec.places
  })
  return shape.slice(first)
}

/**
 * The factor from one size to another in single precision; ONNX rounds the product down, so that it must not fall
 * short.
 */
function scaleTo(from: number, to: number): number {
  const factor = Math.fround(to / from)
  return factor * from < to ? factor * (1 + 2 ** -23) : factor
}

/** By a factor rather than a size, since sizes would name the batch's too. */
function interpolate({ inputs: [x], shapes: [from], shape, options }: Call<InterpolateCall>, emit: Emitter): string {
  const { mode, alignCorners, scales } = options
  const factors = scales ?? [0, 1].map((d) => scaleTo(from![2 + d]!, shape[2 + d]!))
  const size = ['', emit.floats('scales', [4], [1, 1, ...factors])]
  if (mode === 'nearest') {
    return emit.node('Resize', [x!, ...size], {
      mode: { string: 'nearest' },
      coordinate_transformation_mode: { string: 'asymmetric' },
      nearest_mode: { string: 'floor' },
    })
  }
  return emit.node('Resize', [x!, ...size], {
    mode: { string: 'linear' },
    coordinate_transformation_mode: { string: alignCorners ? 'align_corners' : 'half_pixel' },
  })
}

/** Operations with weights or windows. */
export const layerConverters = {
  conv2d,
  convTranspose2d,
  batchNorm,
  groupNorm,
  interpolate,
  layerNorm,
  matmul,
  maxPool2d: ({ inputs: [x], options }: Call<MaxPoolSpec>, emit: Emitter) =>
    emit.node('MaxPool', [x!], { ...windowOf(options), dilations: { ints: options.dilation ?? [1, 1] } }),
  avgPool2d,
  adaptiveAvgPool2d,
  upsampleNearest2x: ({ inputs: [x] }: Call<void>, emit: Emitter) =>
    emit.node('Resize', [x!, '', emit.floats('scales', [4], [1, 1, 2, 2])], {
      mode: { string: 'nearest' },
      coordinate_transformation_mode: { string: 'asymmetric' },
      nearest_mode: { string: 'floor' },
    }),
}
