import { type Batch, type Blocks, lanesFor } from './lanes.js'
import type { WasmRuntime } from './runtime.js'

/** Write `src`, row-major (N, C, P), to `dst` as (C, blocks, P, lanes), zero in the padded lanes. */
export function toLanes(rt: WasmRuntime, dst: number, src: number, shape: BatchShape): void {
  rt.run('toLanes', { y: dst, x: src, ...sizesOf(rt, shape) })
}

/** Write `src`, (C, blocks, P, lanes), to `dst` as row-major (N, C, P). */
export function fromLanes(rt: WasmRuntime, dst: number, src: number, shape: BatchShape): void {
  rt.run('fromLanes', { y: dst, x: src, ...sizesOf(rt, shape) })
}

export interface BatchShape {
  N: number
  C: number
  P: number
}

/** With as few and as long channels as there can be: the kernels work along P. */
function sizesOf(rt: WasmRuntime, { N, C, P }: BatchShape): BatchShape & Blocks {
  const { blocks, lanes } = lanesFor(N, rt.lanes)
  if (blocks > 1 && P > 1) return { N, C, P, blocks, lanes }
  return { N, C: 1, P: C * P, blocks: 1, lanes: blocks * lanes }
}

/** dst = src, n floats. */
export function copy(rt: WasmRuntime, dst: number, src: number, n: number): void {
  rt.run('copy', { y: dst, x: src, n })
}

/** y = value, n floats. */
export function fill(rt: WasmRuntime, y: number, n: number, value: number): void {
  rt.run('fill', { y, n, value })
}

/** Zero the padded lanes of `rows` rows of Np floats; does nothing where there are none. */
export function clearPadding(rt: WasmRuntime, y: number, rows: number, { N, Np }: Batch): void {
  if (N < Np) rt.run('clearPadding', { y, rows, N, Np })
}

export interface StridedCopy {
  /** Addresses of the first elements. */
  dst: number
  src: number
  /** Extent of each axis, outermost first, and the distances in floats between neighbours along it. */
  sizes: readonly number[]
  dstStrides: readonly number[]
  /** 0 repeats the source along an axis, a negative stride runs through it backwards. */
  srcStrides: readonly number[]
  /** Add to what is there. */
  accumulate?: boolean
}

interface Axis {
  size: number
  dst: number
  src: number
}

/** dst (+)= src for arrays of any rank with any strides. Slices, padding, concatenation and permutation are such copies. */
export function stridedCopy(rt: WasmRuntime, { accumulate = false, ...args }: StridedCopy): void {
  if (args.sizes.includes(0)) return
  const axes = mergeAxes(args.sizes.map((size, i) => ({ size, dst: args.dstStrides[i]!, src: args.srcStrides[i]! })))
  if (axes.length === 1 && axes[0]!.dst === 1 && axes[0]!.src === 1) {
    const n = axes[0]!.size
    if (accumulate) rt.run('add', { y: args.dst, p: args.dst, q: args.src, n })
    else copy(rt, args.dst, args.src, n)
    return
  }
  copyAxes(rt, args.dst, args.src, axes, accumulate)
}

function copyAxes(rt: WasmRuntime, dst: number, src: number, axes: readonly Axis[], accumulate: boolean): void {
  if (axes.length > 4) {
    const [outer, ...inner] = axes as [Axis, ...Axis[]]
    for (let i = 0; i < outer.size; i++) {
      copyAxes(rt, dst + 4 * i * outer.dst, src + 4 * i * outer.src, inner, accumulate)
    }
    return
  }
  const none: Axis = { size: 1, dst: 0, src: 0 }
  const [a, b, c, d] = [...Array<Axis>(4 - axes.length).fill(none), ...axes] as [Axis, Axis, Axis, Axis]
  rt.run('stridedCopy', {
    ...{ y: dst, x: src, accumulate },
    ...{ size0: a.size, size1: b.size, size2: c.size, size3: d.size },
    ...{ y0: a.dst, y1: b.dst, y2: c.dst, y3: d.dst },
    ...{ x0: a.src, x1: b.src, x2: c.src, x3: d.src },
  })
}

/** Leave out axes of size 1, and make one of two axes where the outer one continues the inner one in both arrays. */
function mergeAxes(axes: readonly Axis[]): Axis[] {
  const merged: Axis[] = []
  for (const axis of axes) {
    const outer = merged.at(-1)
    if (axis.size === 1) continue
    if (outer && outer.dst === axis.size * axis.dst && outer.src === axis.size * axis.src) {
      merged[merged.length - 1] = { ...axis, size: outer.size * axis.size }
    } else {
      merged.push(axis)
    }
  }
  return merged.length > 0 ? merged : [{ size: 1, dst: 1, src: 1 }]
}
