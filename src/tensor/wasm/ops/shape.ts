/** Copies between layouts and shapes: everything that moves numbers without computing. */

import { recording } from '../../recording.js'
import { type Shape, sizeOf, stridesOf } from '../../shape.js'
import * as k from '../copies.js'
import { lanesFor } from '../lanes.js'
import { WasmArray } from '../wasmArray.js'
import type { WasmBackend } from '../wasmBackend.js'

/** An array (N, C, …) as batch, channels and places. */
const batchShape = (x: WasmArray): k.BatchShape => ({
  N: x.shape[0]!,
  C: x.shape[1] ?? 1,
  P: sizeOf(x.shape.slice(2)),
})

/** x in the wanted layout: itself where it already is, else a copy. */
export function inLayout(x: WasmArray, layout: WasmArray['layout']): WasmArray {
  if (x.layout === layout) return x
  const out = WasmArray.allocate(x.backend, x.shape, layout)
  const convert = layout === 'lanes' ? k.toLanes : k.fromLanes
  convert(x.backend.runtime, out.address, x.address, batchShape(x))
  return out
}

export const inLanes = (x: WasmArray): WasmArray => inLayout(x, 'lanes')

export const inRows = (x: WasmArray): WasmArray => inLayout(x, 'rows')

/** Sizes and strides (in floats) as the array lies in memory. */
function physical(x: WasmArray): { sizes: number[]; strides: number[] } {
  if (x.layout === 'rows') return { sizes: [...x.shape], strides: stridesOf(x.shape) }
  const { blocks, lanes } = lanesFor(x.shape[0]!, x.backend.runtime.lanes)
  const sizes = toPhysical(x, x.shape, blocks)
  sizes[sizes.length - 1] = lanes
  return { sizes, strides: stridesOf(sizes) }
}

/** A value for each logical axis in the order of the physical ones: in lanes channel, block, places, lane; `block` is the second. */
function toPhysical(x: WasmArray, perAxis: readonly number[], block: number): number[] {
  if (x.layout === 'rows') return [...perAxis]
  const [batch, ...others] = perAxis
  return [...others.slice(0, 1), block, ...others.slice(1), batch!]
}

const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, v, i) => sum + v * b[i]!, 0)

function reshape(x: WasmArray, shape: Shape): WasmArray {
  return x.layout === 'rows' || keepsLanes(x, shape) ? x.view(shape) : inRows(x).view(shape)
}

/** Whether both shapes lie alike in lanes: the batch is what it was, and channels too, unless blocks do not part them. */
function keepsLanes(x: WasmArray, after: Shape): boolean {
  const before = x.shape
  if (after.length === 0 || before[0] !== after[0]) return false
  const single = (shape: Shape): boolean => sizeOf(shape.slice(2)) === 1
  const { blocks } = lanesFor(before[0]!, x.backend.runtime.lanes)
  return blocks === 1 || (before[1] ?? 1) === (after[1] ?? 1) || (single(before) && single(after))
}

function permute(x: WasmArray, axes: readonly number[]): WasmArray {
  const source = inRows(x)
  const out = WasmArray.allocate(
    x.backend,
    axes.map((axis) => x.shape[axis]!),
    'rows',
  )
  const strides = stridesOf(x.shape)
  k.stridedCopy(x.backend.runtime, {
    dst: out.address,
    src: source.address,
    sizes: out.shape,
    dstStrides: stridesOf(out.shape),
    srcStrides: axes.map((axis) => strides[axis]!),
  })
  return out
}

function broadcastTo(x: WasmArray, shape: Shape): WasmArray {
  const aligned = reshape(x, [...new Array<number>(shape.length - x.shape.length).fill(1), ...x.shape])
  // In lanes a batch of one cannot be repeated by strides: its lanes are already padding.
  const source = aligned.layout === 'lanes' && aligned.shape[0] !== shape[0] ? inRows(aligned) : aligned
  const out = WasmArray.allocate(x.backend, shape, source.layout)
  const { strides } = physical(source)
  k.stridedCopy(x.backend.runtime, {
    dst: out.address,
    src: source.address,
    sizes: physical(out).sizes,
    dstStrides: physical(out).strides,
    srcStrides: toPhysical(source, source.shape, 1).map((n, i) =>
      n === 1 && toPhysical(out, shape, 1)[i] !== 1 ? 0 : strides[i]!,
    ),
  })
  return out
}

/** Whether a slice takes the whole batch, so that lanes can stay lanes. */
const keepsBatch = (whole: Shape, part: Shape, starts: readonly number[], steps: readonly number[]): boolean =>
  starts[0] === 0 && steps[0] === 1 && whole[0] === part[0]

function slice(x: WasmArray, starts: readonly number[], sizes: Shape, steps: readonly number[]): WasmArray {
  const source = x.layout === 'lanes' && !keepsBatch(x.shape, sizes, starts, steps) ? inRows(x) : x
  const { strides } = physical(source)
  const start = dot(toPhysical(source, starts, 0), strides)
  if (isContiguous(source, sizes, steps)) return source.view(sizes, start)
  const out = WasmArray.allocate(x.backend, sizes, source.layout)
  const stepped = toPhysical(source, steps, 1)
  k.stridedCopy(x.backend.runtime, {
    dst: out.address,
    src: source.address + 4 * start,
    sizes: physical(out).sizes,
    dstStrides: physical(out).strides,
    srcStrides: strides.map((stride, i) => stride * stepped[i]!),
  })
  return out
}

/** Whether the part lies in one piece: only the outermost axis in memory is cut, and the piece starts at a whole vector. */
function isContiguous(x: WasmArray, sizes: Shape, steps: readonly number[]): boolean {
  if (x.layout !== 'lanes' || steps.some((step) => step !== 1)) return false
  return sizes.every((n, axis) => axis === 1 || n === x.shape[axis])
}

function embed(
  x: WasmArray,
  shape: Shape,
  starts: readonly number[],
  steps: readonly number[],
  fill: number,
): WasmArray {
  const lanes = x.layout === 'lanes' && keepsBatch(shape, x.shape, starts, steps) && fill === 0
  const source = lanes ? x : inRows(x)
  const out = WasmArray.allocate(x.backend, shape, source.layout)
  k.fill(x.backend.runtime, out.address, out.floats, fill)
  const { strides } = physical(out)
  const stepped = toPhysical(out, steps, 1)
  k.stridedCopy(x.backend.runtime, {
    dst: out.address + 4 * dot(toPhysical(out, starts, 0), strides),
    src: source.address,
    sizes: physical(source).sizes,
    dstStrides: strides.map((stride, i) => stride * stepped[i]!),
    srcStrides: physical(source).strides,
  })
  return out
}

export function adjoining(backend: WasmBackend, shape: Shape, channels: readonly number[]): WasmArray[] {
  const [N, , ...places] = shape
  const whole = WasmArray.allocate(backend, [N!, channels.reduce((sum, n) => sum + n, 0), ...places], 'lanes')
  let start = 0
  return channels.map((n) => {
    const part = whole.view([N!, n, ...places], start)
    start += part.floats
    return part
  })
}

/** The parts as the whole, where they lie one behind the other. */
function joined(xs: readonly WasmArray[], shape: Shape): WasmArray | null {
  const adjoin = xs.every((x, i) => {
    const next = xs[i + 1]
    return x.layout === 'lanes' && (!next || (next.block === x.block && next.address === x.address + 4 * x.floats))
  })
  return adjoin ? xs[0]!.view(shape) : null
}

function concat(xs: readonly WasmArray[], axis: number): WasmArray {
  const shape = xs[0]!.shape.map((n, a) => (a === axis ? xs.reduce((sum, x) => sum + x.shape[axis]!, 0) : n))
  const whole = axis === 1 ? joined(xs, shape) : null
  if (whole) return whole
  const lanes = axis > 0 && xs.some((x) => x.layout === 'lanes')
  const sources = xs.map((x) => inLayout(x, lanes ? 'lanes' : 'rows'))
  const first = sources[0]!
  const out = WasmArray.allocate(first.backend, shape, first.layout)
  const { strides } = physical(out)
  // Behind the channels comes the axis of the blocks.
  const axisStride = strides[first.layout === 'lanes' && axis === 1 ? 0 : axis]!
  let offset = 0
  for (const x of sources) {
    const from = physical(x)
    k.stridedCopy(first.backend.runtime, {
      dst: out.address + 4 * offset * axisStride,
      src: x.address,
      sizes: from.sizes,
      dstStrides: strides,
      srcStrides: from.strides,
    })
    offset += x.shape[axis]!
  }
  return out
}

/** Copy row-major numbers in. */
export function write(x: WasmArray, values: ArrayLike<number>): void {
  const { runtime } = x.backend
  const rows = x.layout === 'rows' ? x : WasmArray.allocate(x.backend, x.shape, 'rows')
  runtime.put(runtime.f32, rows.address, values)
  if (x.layout === 'lanes') {
    k.toLanes(runtime, x.address, rows.address, batchShape(x))
  }
}

/** A row-major copy of the numbers. */
export function read(x: WasmArray): Float32Array {
  recording?.refuse('the host read a tensor')
  const rows = inRows(x)
  return rows.backend.runtime.f32.slice(rows.address / 4, rows.address / 4 + sizeOf(x.shape))
}

function copy(x: WasmArray): WasmArray {
  const out = WasmArray.allocate(x.backend, x.shape, x.layout)
  x.backend.runtime.run('copy', { y: out.address, x: x.address, n: x.floats })
  return out
}

export const shapeOperations = { copy, read, write, reshape, permute, broadcastTo, slice, embed, concat }
