import type { BatchNormCall } from '../../autograd/ops/batchNorm.js'
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

/** Operations with weights or windows. */
export const layerConverters = {
  conv2d,
  batchNorm,
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
