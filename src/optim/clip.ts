import { scope, type Tensor } from '../tensor/tensor.js'
import { requireOption } from './check.js'

/**
 * Scale all gradients by one factor, min(1, maxNorm / (norm + 1e-6)), so that together they are no longer than `maxNorm`, as
 * torch.nn.utils.clip_grad_norm_ does. A norm that is not finite is returned, and makes every gradient NaN or zero, as there.
 * @returns the Euclidean norm of all gradients before, as if they were one vector
 */
export function clipGradNorm(params: Iterable<Tensor>, maxNorm: number): number {
  requireOption(maxNorm > 0, 'clipGradNorm', 'maxNorm > 0', maxNorm)
  const withGradient = [...params].filter((p) => p.gradArray)
  return scope(() => {
    const squares = withGradient.map((p) => p.gradArray!.backend.sumOfSquares(p.gradArray!))
    const norm = Math.sqrt(squares.reduce((sum, square) => sum + square, 0))
    const factor = Math.min(1, maxNorm / (norm + 1e-6))
    if (factor !== 1) for (const p of withGradient) scaleGradient(p, factor)
    return norm
  })
}

/** In place, unless the array is also another tensor's gradient or in the user's hands. */
function scaleGradient(p: Tensor, factor: number): void {
  const g = p.gradArray!
  if (g.block.exclusive) {
    g.backend.scale(g, factor)
    return
  }
  p.setGrad(g.backend.affine(g, factor, 0))
}
