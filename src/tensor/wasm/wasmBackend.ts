import { type Arena, type Backend, type Operations, operationsOf } from '../backend.js'
import type { Shape } from '../shape.js'
import { keepingAddresses } from './cache.js'
import { fill } from './copies.js'
import { convOperations } from './ops/conv.js'
import { elementwiseOperations } from './ops/elementwise.js'
import { groupNormOperations } from './ops/groupNorm.js'
import { normOperations } from './ops/norm.js'
import { optimOperations } from './ops/optim.js'
import { poolOperations } from './ops/pool.js'
import { reduceOperations } from './ops/reduce.js'
import { resizeOperations } from './ops/resize.js'
import { adjoining, shapeOperations, write } from './ops/shape.js'
import { softmaxOperations } from './ops/softmax.js'
import { type RuntimeOptions, WasmRuntime, withKernels } from './runtime.js'
import { WasmArray } from './wasmArray.js'

const operations: Operations = {
  ...elementwiseOperations,
  ...reduceOperations,
  ...shapeOperations,
  ...convOperations,
  ...normOperations,
  ...groupNormOperations,
  ...resizeOperations,
  ...poolOperations,
  ...softmaxOperations,
  ...optimOperations,
}

/**
 * The fast backend: WebAssembly SIMD kernels on all cores. Each operation picks the kernel that fits; the few rare cases without
 * one (a softmax along the batch) go through the reference backend's loops, and are counted.
 */
export class WasmBackend
  extends operationsOf('wasm', (x) => x instanceof WasmArray, operations, keepingAddresses)
  implements Backend
{
  readonly name = 'wasm'
  readonly dtype = 'float32'
  readonly description: string
  readonly runtime: WasmRuntime
  /** How often each operation had to take the reference backend's loops. */
  readonly fallbacks = new Map<string, number>()

  /**
   * A backend whose kernels have been fetched and whose threads have started: the way to one in a browser, inside a Web Worker, where
   * there are no files to read and no waiting for threads. Elsewhere the constructor does.
   * @example setBackend(await WasmBackend.load())
   */
  static async load(options: RuntimeOptions = {}): Promise<WasmBackend> {
    const backend = new WasmBackend(await withKernels(options))
    await backend.runtime.started()
    return backend
  }

  constructor(options: RuntimeOptions = {}) {
    super()
    this.runtime = new WasmRuntime(options)
    const { variant, threads } = this.runtime
    this.description = `wasm ${variant} simd, ${threads} ${threads === 1 ? 'thread' : 'threads'}`
  }

  readonly fromValues = keepingAddresses((values: ArrayLike<number>, shape: Shape): WasmArray => {
    const x = WasmArray.allocate(this, shape, 'rows')
    write(x, values)
    return x
  })

  readonly full = keepingAddresses((shape: Shape, value: number): WasmArray => {
    const x = WasmArray.allocate(this, shape, 'rows')
    fill(this.runtime, x.address, x.floats, value)
    return x
  })

  readonly adjoining = keepingAddresses((shape: Shape, channels: readonly number[]): WasmArray[] =>
    adjoining(this, shape, channels),
  )

  newArena(): Arena {
    return this.runtime.newArena()
  }

  close(): Promise<void> {
    return this.runtime.close()
  }
}
