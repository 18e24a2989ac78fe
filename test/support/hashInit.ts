import type { AnyModule } from '../../src/nn/module.js'
import { type Shape, sizeOf } from '../../src/tensor/shape.js'
import { hashTensor } from './hashTensor.js'

/**
 * The value of the parameter or buffer that the state dict calls `name`, as hash_parameter in scripts/fixtures/hashInit.py:
 * v · √(6 / fanIn) for weights of rank 2 and more, 1 + 0.1 v and 0.1 v for batch norm's, 0.1 v for biases; buffers at rest.
 */
export function hashParameter(name: string, shape: Shape): Float32Array {
  const input = { name, shape: [...shape] }
  if (name.endsWith('num_batches_tracked') || name.endsWith('running_mean')) return new Float32Array(sizeOf(shape))
  if (name.endsWith('running_var')) return new Float32Array(sizeOf(shape)).fill(1)
  if (shape.length >= 2) return hashTensor({ ...input, scale: Math.sqrt(6 / sizeOf(shape.slice(1))) })
  if (name.endsWith('bias')) return hashTensor({ ...input, scale: 0.1 })
  if (name.endsWith('weight')) return hashTensor({ ...input, scale: 0.1, shift: 1 })
  throw new Error(`hashParameter: no rule for ${name} of shape (${shape.join(', ')})`)
}

/** Fill every parameter and buffer of `model` by its name. */
export function hashInit<M extends AnyModule>(model: M): M {
  const state = Object.entries(model.stateDict()).map(([name, value]) => {
    return [name, { ...value, data: hashParameter(name, value.shape) }] as const
  })
  model.loadStateDict(Object.fromEntries(state))
  return model
}
