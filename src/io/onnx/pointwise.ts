import type { Reduction } from '../../autograd/ops/reduce.js'
import type { ClampOptions, Operands } from '../../autograd/ops/select.js'
import type { VarianceCall } from '../../autograd/ops/variance.js'
import { elementwise, elementwiseNames } from '../../tensor/elementwise.js'
import { GhostgradError } from '../../tensor/errors.js'
import type { Call, Converter } from './converters.js'
import type { Emitter } from './graph.js'

/** An operation that ONNX has under this name, without attributes. */
const same =
  (opType: string): Converter =>
  ({ inputs }, emit) =>
    emit.node(opType, [...inputs])

/** Those of the table that ONNX has under some name. */
const elementwiseConverters: Readonly<Record<string, Converter>> = Object.fromEntries(
  elementwiseNames.flatMap((name) => {
    const { onnx } = elementwise[name]
    return onnx ? [[name, same(onnx)]] : []
  }),
)

/** scale · x + shift */
function affine({ inputs: [x], options: { scale, shift } }: Call<{ scale: number; shift: number }>, emit: Emitter) {
  if (scale === -1 && shift === 0) return emit.node('Neg', [x!])
  const scaled = scale === 1 ? x! : emit.node('Mul', [x!, emit.scalar('scale', scale)])
  if (shift !== 0) return emit.node('Add', [scaled, emit.scalar('shift', shift)])
  return scale === 1 ? emit.node('Identity', [x!]) : scaled
}

/** The types of ONNX's tensors, as `Cast` names them. */
const types = { float: { int: 1 }, bool: { int: 9 } }

/** Inputs, and constants in the places of numbers. */
function operands({ inputs, options: { numbers } }: Call<Operands>, emit: Emitter): string[] {
  const given = [...inputs]
  return numbers.map((number) => (number === null ? given.shift()! : emit.scalar('number', number)))
}

/** An infinite bound is none. */
const clamp = ({ inputs: [x], options: { low, high } }: Call<ClampOptions>, emit: Emitter): string => {
  const bound = (what: string, value: number) => (Number.isFinite(value) ? emit.scalar(what, value) : '')
  return emit.node('Clip', [x!, bound('min', low), bound('max', high)])
}

function variance({ inputs: [x], shapes: [from], options }: Call<VarianceCall>, emit: Emitter): string {
  const { axes, keepDims, correction } = options
  const count = axes.reduce((n, axis) => n * from![axis]!, 1)
  const centred = emit.node('Sub', [x!, emit.node('ReduceMean', [x!], { axes: { ints: axes }, keepdims: { int: 1 } })])
  const squares = emit.node('Mul', [centred, centred])
  const sum = emit.node('ReduceSum', [squares, emit.ints('axes', axes)], { keepdims: { int: Number(keepDims) } })
  return emit.node('Mul', [sum, emit.scalar('scale', 1 / Math.max(0, count - correction))])
}

/** Above the usual threshold, 20, ln(1 + eˣ) is x in single precision; of a lower one ONNX knows nothing. */
function softplus(
  { inputs: [x], options: { beta, threshold } }: Call<{ beta: number; threshold: number }>,
  emit: Emitter,
) {
  if (threshold < 20) {
    throw new GhostgradError(
      `ONNX export: softplus in "${emit.path}": expected a threshold of at least 20, got ${threshold}`,
    )
  }
  if (beta === 1) return emit.node('Softplus', [x!])
  const factor = emit.scalar('beta', beta)
  return emit.node('Div', [emit.node('Softplus', [emit.node('Mul', [x!, factor])]), factor])
}

/** Elementwise operations, reductions and softmax. */
export const pointwiseConverters = {
  ...elementwiseConverters,
  add: same('Add'),
  sub: same('Sub'),
  mul: same('Mul'),
  div: same('Div'),
  maximum: same('Max'),
  minimum: same('Min'),
  power: same('Pow'),
  clamp,
  greater: (call: Call<Operands>, emit: Emitter) =>
    emit.node('Cast', [emit.node('Greater', operands(call, emit))], { to: types.float }),
  where: (call: Call<Operands>, emit: Emitter) => {
    const [condition, a, b] = operands(call, emit)
    return emit.node('Where', [emit.node('Cast', [condition!], { to: types.bool }), a!, b!])
  },
  relu6: ({ inputs: [x] }: Call<void>, emit: Emitter) =>
    emit.node('Clip', [x!, emit.scalar('min', 0), emit.scalar('max', 6)]),
  hardSigmoid: ({ inputs: [x] }: Call<void>, emit: Emitter) =>
    emit.node('HardSigmoid', [x!], { alpha: { float: 1 / 6 }, beta: { float: 0.5 } }),
  silu: ({ inputs: [x] }: Call<void>, emit: Emitter) => emit.node('Mul', [x!, emit.node('Sigmoid', [x!])]),
  gelu: ({ inputs: [x] }: Call<void>, emit: Emitter) => {
    const error = emit.node('Erf', [emit.node('Mul', [x!, emit.scalar('scale', Math.SQRT1_2)])])
    const half = emit.node('Mul', [x!, emit.scalar('half', 0.5)])
    return emit.node('Mul', [half, emit.node('Add', [error, emit.scalar('one', 1)])])
  },
  geluTanh: ({ inputs: [x] }: Call<void>, emit: Emitter) => {
    const k = 2 * Math.sqrt(2 / Math.PI)
    const square = emit.node('Mul', [emit.node('Mul', [x!, x!]), emit.scalar('cubic', 0.044715 * k)])
    const inner = emit.node('Mul', [x!, emit.node('Add', [square, emit.scalar('linear', k)])])
    return emit.node('Mul', [x!, emit.node('Sigmoid', [inner])])
  },
  leakyRelu: ({ inputs: [x], options }: Call<{ negativeSlope: number }>, emit: Emitter) =>
    emit.node('LeakyRelu', [x!], { alpha: { float: options.negativeSlope } }),
  elu: ({ inputs: [x], options }: Call<{ alpha: number }>, emit: Emitter) =>
    emit.node('Elu', [x!], { alpha: { float: options.alpha } }),
  softplus,
  square: ({ inputs: [x] }: Call<void>, emit: Emitter) => emit.node('Mul', [x!, x!]),
  addRelu: ({ inputs }: Call<void>, emit: Emitter) => emit.node('Relu', [emit.node('Add', [...inputs])]),
  affine,
  pow: ({ inputs: [x], options }: Call<{ exponent: number }>, emit: Emitter) =>
    emit.node('Pow', [x!, emit.scalar('exponent', options.exponent)]),
  sum: ({ inputs: [x], options: { axes, keepDims } }: Call<Reduction>, emit: Emitter) =>
    emit.node('ReduceSum', [x!, emit.ints('axes', axes)], { keepdims: { int: Number(keepDims) } }),
  max: ({ inputs: [x], options: { axes, keepDims } }: Call<Reduction>, emit: Emitter) =>
    emit.node('ReduceMax', [x!], { axes: { ints: axes }, keepdims: { int: Number(keepDims) } }),
  logSumExp: ({ inputs: [x], options: { axes, keepDims } }: Call<Reduction>, emit: Emitter) =>
    emit.node('ReduceLogSumExp', [x!], { axes: { ints: axes }, keepdims: { int: Number(keepDims) } }),
  var: variance,
  std: (call: Call<VarianceCall>, emit: Emitter) => emit.node('Sqrt', [variance(call, emit)]),
  softmax: ({ inputs: [x], options }: Call<{ axis: number }>, emit: Emitter) =>
    emit.node('Softmax', [x!], { axis: { int: options.axis } }),
  logSoftmax: ({ inputs: [x], options }: Call<{ axis: number }>, emit: Emitter) =>
    emit.node('LogSoftmax', [x!], { axis: { int: options.axis } }),
}
