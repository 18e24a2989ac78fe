import type { IndexOptions } from '../../autograd/ops/indexing.js'
import type { PadOptions } from '../../autograd/ops/pad.js'
import type { SliceOptions } from '../../autograd/ops/shape.js'
import { type Shape, sameShape } from '../../tensor/shape.js'
import type { Call } from './converters.js'
import type { Emitter } from './graph.js'

/** Sizes that an axis keeps are not written as numbers, nor is the first other one, so that the graph fits any batch. */
function reshape({ inputs: [x], shapes: [from], shape }: Call<unknown>, emit: Emitter): string {
  if (shape.length === 2 && from!.length > 2 && shape[0] === from![0]) {
    return emit.node('Flatten', [x!], { axis: { int: 1 } })
  }
  const kept = shape.findIndex((n, axis) => n !== from![axis])
  // 0: as in the input; −1: what is left
  const sizes = shape.map((n, axis) => (kept === -1 || axis < kept ? 0 : axis === kept ? -1 : n))
  return emit.node('Reshape', [x!, emit.ints('shape', sizes)])
}

/** Repeats where the sizes differ; 1 leaves an axis as it is. */
function expand({ inputs: [x], shapes: [from], shape }: Call<unknown>, emit: Emitter): string {
  const lead = shape.length - from!.length
  const sizes = shape.map((n, axis) => (n === from![axis - lead] ? 1 : n))
  return emit.node('Expand', [x!, emit.ints('shape', sizes)])
}

/** Only the axes that are cut are named. */
function slice({ inputs: [x], shapes: [from], options }: Call<SliceOptions>, emit: Emitter): string {
  const { starts, sizes, steps } = options
  const axes = from!.flatMap((n, axis) => (sizes[axis] === n ? [] : [axis]))
  if (axes.length === 0) return emit.node('Identity', [x!])
  const ends = axes.map((axis) => Math.min(starts[axis]! + sizes[axis]! * steps[axis]!, from![axis]!))
  const pick = (list: readonly number[]) => axes.map((axis) => list[axis]!)
  return emit.node('Slice', [
    x!,
    emit.ints('starts', pick(starts)),
    emit.ints('ends', ends),
    emit.ints('axes', axes),
    emit.ints('steps', pick(steps)),
  ])
}

function pad({ inputs: [x], shapes: [from], shape, options }: Call<PadOptions>, emit: Emitter): string {
  const { before, value } = options
  const after = shape.map((n, axis) => n - from![axis]! - before[axis]!)
  return emit.node('Pad', [x!, emit.ints('pads', [...before, ...after]), emit.scalar('value', value)])
}

/** The operators count along the axis as the operations do. */
const taking =
  (opType: 'Gather' | 'GatherElements') =>
  ({ inputs: [x], shape, options: { axis, index } }: Call<IndexOptions>, emit: Emitter): string =>
    emit.node(opType, [x!, emit.ints('index', index, opType === 'Gather' ? [index.length] : shape)], {
      axis: { int: axis },
    })

/** Operations that move numbers and change none. */
export const shapeConverters = {
  reshape: (call: Call<{ shape: Shape }>, emit: Emitter) =>
    sameShape(call.shapes[0]!, call.shape) ? emit.node('Identity', [call.inputs[0]!]) : reshape(call, emit),
  permute: ({ inputs: [x], options }: Call<{ axes: readonly number[] }>, emit: Emitter) =>
    emit.node('Transpose', [x!], { perm: { ints: options.axes } }),
  expand,
  concat: ({ inputs, options }: Call<{ axis: number }>, emit: Emitter) =>
    emit.node('Concat', [...inputs], { axis: { int: options.axis } }),
  slice,
  pad,
  indexSelect: taking('Gather'),
  gather: taking('GatherElements'),
}
