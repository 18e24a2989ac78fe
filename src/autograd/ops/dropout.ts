import { GhostgradError } from '../../tensor/errors.js'
import { type Generator, getDefaultGenerator } from '../../tensor/random.js'
import { hostStep } from '../../tensor/recording.js'
import { Tensor } from '../../tensor/tensor.js'
import { mul } from './arithmetic.js'

/**
 * While training, set each element to 0 with probability p and scale the others by 1 / (1 − p)  (Srivastava et al. 2014).
 * In evaluation, nothing.
 */
export function dropout(
  x: Tensor,
  p: number,
  options: { training: boolean; generator?: Generator | undefined },
): Tensor {
  if (!(p >= 0 && p < 1)) throw new GhostgradError(`dropout: expected a probability from 0 to below 1, got ${p}`)
  if (!options.training || p === 0) return x
  const generator = options.generator ?? getDefaultGenerator()
  const keep = 1 / (1 - p)
  const mask = new Float32Array(x.size)
  hostStep(() => {
    for (let i = 0; i < mask.length; i++) mask[i] = generator.uniform() < p ? 0 : keep
  })
  return mul(x, new Tensor(x.array.backend.fromValues(mask, x.shape)))
}
