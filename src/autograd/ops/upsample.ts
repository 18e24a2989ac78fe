import { ShapeError, showShape } from '../../tensor/errors.js'
import type { Tensor } from '../../tensor/tensor.js'
import { defineOp } from '../op.js'
import { slice } from './shape.js'

/** Every place of the input becomes a square of four: the gradient of average pooling over 2×2, times four. */
const window = { kernel: [2, 2], stride: [2, 2], padding: [0, 0], countIncludePad: true } as const

const upsampleOp = defineOp({
  name: 'upsampleNearest2x',
  rule: 'dx = Σ dy of the four places that x became',
  forward: ([x], _: void, { backend }) => {
    const [N, C, H, W] = x!.shape as [number, number, number, number]
    const quarters = backend.avgPool2dGrad(x!, [N, C, 2 * H, 2 * W], window)
    return { out: backend.affine(quarters, 4, 0), saved: null }
  },
  backward: (dy, _, { backend }) => [backend.affine(backend.avgPool2d(dy, window), 4, 0)],
})

/**
 * Twice as high and wide, each value repeated, as torch.nn.functional.interpolate(x, size, mode='nearest').
 * @param x (N, C, H, W)
 * @param size height and width of the result: 2 H or 2 H − 1, 2 W or 2 W − 1; default: both doubled
 */
export function upsampleNearest2x(x: Tensor, size?: readonly [number, number]): Tensor {
  if (x.rank !== 4) throw new ShapeError(`upsampleNearest2x: expected input (N, C, H, W), got ${showShape(x.shape)}`)
  const [, , H, W] = x.shape as [number, number, number, number]
  const [height, width] = size ?? [2 * H, 2 * W]
  if (Math.ceil(height / 2) !== H || Math.ceil(width / 2) !== W) {
    throw new ShapeError(
      `upsampleNearest2x: expected a size of (${2 * H - 1} or ${2 * H}, ${2 * W - 1} or ${2 * W}) for a plane of ` +
        `${showShape([H, W])}, got ${showShape([height, width])}`,
    )
  }
  const doubled = upsampleOp([x])
  if (height === 2 * H && width === 2 * W) return doubled
  return slice(doubled, [null, null, [0, height], [0, width]])
}
