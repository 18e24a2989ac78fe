import { Block } from '../memory.js'
import { NdArray } from '../ndarray.js'
import { type Shape, sizeOf } from '../shape.js'
import type { Allocator } from './heap.js'
import { allLanes, type Lanes, lanesFor } from './lanes.js'
import type { WasmBackend } from './wasmBackend.js'

/**
 * How an array lies in memory.
 * - `rows`: row-major, as it is printed. Weights, statistics, scalars.
 * - `lanes`: an activation, with its batch in blocks of lanes: (N, C, H, W) lies as (C, blocks, H, W, lanes), see
 *   `lanes.ts`. Every kernel then vectorizes over images, a channel is contiguous, and cutting channels moves no data.
 */
export type Layout = 'rows' | 'lanes'

/** A block of the shared heap. */
class HeapBlock extends Block {
  readonly address: number
  protected override readonly backstop: () => void
  readonly #state: { freed: boolean }
  readonly #heap: Allocator
  readonly #bytes: number

  constructor(heap: Allocator, bytes: number) {
    super()
    this.#heap = heap
    this.#bytes = bytes
    this.address = heap.allocate(bytes)
    // The collector's callback must not refer to this object, or it would never be collected.
    const { address } = this
    const state = { freed: false }
    this.#state = state
    this.backstop = () => {
      if (!state.freed) heap.free(address, bytes)
      state.freed = true
    }
    this.adopt()
  }

  protected override release(): void {
    if (this.#state.freed) return
    this.#state.freed = true
    this.#heap.free(this.address, this.#bytes)
  }
}

export class WasmArray extends NdArray {
  private constructor(
    shape: Shape,
    override readonly backend: WasmBackend,
    readonly layout: Layout,
    block: Block,
    /** Address of the first element. */
    readonly address: number,
  ) {
    super(shape, block)
  }

  /** A new array; its content is undefined, padded lanes included. */
  static allocate(backend: WasmBackend, shape: Shape, layout: Layout): WasmArray {
    const block = new HeapBlock(backend.runtime.heap, 4 * floatsOf(shape, layout, backend.runtime.lanes))
    return new WasmArray(shape, backend, layout, block, block.address)
  }

  /** The same memory under another shape, from `offset` floats on. */
  view(shape: Shape, offset = 0): WasmArray {
    return new WasmArray(shape, this.backend, this.layout, this.block, this.address + 4 * offset)
  }

  /** Number of floats in memory, padded lanes included. */
  get floats(): number {
    return floatsOf(this.shape, this.layout, this.backend.runtime.lanes)
  }

  /** For kernels that work along channels: all blocks and places of a channel are one run of rows. */
  get channels(): Lanes {
    const { C, P, N, Np } = this.planes
    const { blocks } = lanesFor(this.shape[0]!, this.backend.runtime.lanes)
    return { C: C / blocks, P: P * blocks, N, Np }
  }

  /** For kernels that work along planes: a channel of each block of images is one. */
  get planes(): Lanes {
    if (this.layout !== 'lanes') throw new Error('internal: this array is not in lanes')
    const { blocks, lanes } = lanesFor(this.shape[0]!, this.backend.runtime.lanes)
    const C = (this.shape[1] ?? 1) * blocks
    return { N: blocks > 1 ? lanes : this.shape[0]!, Np: lanes, C, P: sizeOf(this.shape.slice(2)) }
  }

  /** The batch for kernels that have to clear padded lanes; undefined where there are none. */
  get batch(): { N: number; Np: number } | undefined {
    if (this.layout === 'rows') return undefined
    const { N, Np } = this.planes
    return { N, Np }
  }
}

function floatsOf(shape: Shape, layout: Layout, vectorLanes: number): number {
  return layout === 'rows' ? sizeOf(shape) : sizeOf(shape.slice(1)) * allLanes(shape[0]!, vectorLanes)
}
