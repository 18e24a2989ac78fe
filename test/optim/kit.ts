import { beforeAll, describe } from 'vitest'
import type { Optimizer } from '../../src/optim/optimizer.js'
import { getBackend, setBackend } from '../../src/tensor/backend.js'
import { tensor } from '../../src/tensor/create.js'
import { ReferenceBackend } from '../../src/tensor/reference/referenceBackend.js'
import type { Tensor } from '../../src/tensor/tensor.js'

/** Tests for which the backend makes no difference. */
export function onReference(what: string, define: () => void): void {
  describe(what, () => {
    beforeAll(() => setBackend(new ReferenceBackend('float32')))
    define()
  })
}

/** A parameter of one axis. */
export const parameter = (...values: number[]): Tensor => tensor(values, [values.length], { requiresGrad: true })

/** Give `x` this gradient, as backward would. */
export function setGradient(x: Tensor, values: ArrayLike<number>): void {
  x.zeroGrad()
  x.setGrad(getBackend().fromValues(values, x.shape))
}

/** Take a step with this gradient, and return the parameter's values after it. */
export function stepWith(optimizer: Optimizer, x: Tensor, ...gradient: number[]): number[] {
  setGradient(x, gradient)
  optimizer.step()
  return [...x.values]
}
