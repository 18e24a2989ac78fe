import { getBackend } from '../tensor/backend.js'
import { outsideScopes } from '../tensor/memory.js'
import type { Shape } from '../tensor/shape.js'
import { Tensor } from '../tensor/tensor.js'

const persistent = (shape: Shape, fill: number) => outsideScopes(() => getBackend().full(shape, fill))

/** A tensor that training changes: a module that holds one in a property owns it. Outlives every scope. */
export class Parameter extends Tensor {
  constructor(shape: Shape, fill = 0) {
    super(persistent(shape, fill), { requiresGrad: true })
  }
}

/** A tensor that belongs to a module's state but is not trained, such as a running mean. */
export class StateBuffer extends Tensor {
  constructor(shape: Shape, fill = 0) {
    super(persistent(shape, fill))
  }
}

/** A whole number in a module's state; an int64 scalar in PyTorch's. */
export class Counter {
  value = 0
}
