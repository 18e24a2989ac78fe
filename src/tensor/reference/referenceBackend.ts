import { type Backend, type Operations, operationsOf } from '../backend.js'
import { type Shape, sizeOf } from '../shape.js'
import { normOperations } from './batchNorm.js'
import { convOperations } from './conv2d.js'
import { elementwiseOperations } from './elementwise.js'
import { groupNormOperations } from './groupNorm.js'
import { HostArray } from './hostArray.js'
import { matmul } from './matmul.js'
import { optimOperations } from './optimize.js'
import { poolOperations } from './pool.js'
import { reduceOperations } from './reduce.js'
import { resizeOperations } from './resize.js'
import { shapeOperations } from './shapeOps.js'
import { softmaxOperations } from './softmax.js'

const operations: Operations = {
  ...elementwiseOperations,
  ...reduceOperations,
  ...shapeOperations,
  matmul,
  ...convOperations,
  ...normOperations,
  ...groupNormOperations,
  ...resizeOperations,
  ...poolOperations,
  ...softmaxOperations,
  ...optimOperations,
}

/**
 * The readable backend: plain loops over typed arrays, one thread, row-major. It is the lesson, and the oracle of the fast
 * one. In float64 it makes gradient checks exact to about 1e-9.
 */
export class ReferenceBackend extends operationsOf('js', (x) => x instanceof HostArray, operations) implements Backend {
  readonly name = 'js'
  readonly description: string

  constructor(readonly dtype: 'float32' | 'float64' = 'float32') {
    super()
    this.description = `js ${dtype}`
  }

  fromValues(values: ArrayLike<number>, shape: Shape): HostArray {
    const Type = this.dtype === 'float64' ? Float64Array : Float32Array
    return new HostArray(shape, new Type(values), this)
  }

  full(shape: Shape, value: number): HostArray {
    return this.fromValues(new Float64Array(sizeOf(shape)).fill(value), shape)
  }

  adjoining(): null {
    return null
  }

  async close(): Promise<void> {}
}
