import type { Tensor } from '../../tensor/tensor.js'
import { reshape } from './shape.js'

/** An operation on images (N, C, H, W) for one image (C, H, W) too. */
export function oneImageToo(x: Tensor, run: (x: Tensor) => Tensor): Tensor {
  if (x.rank !== 3) return run(x)
  const y = run(reshape(x, [1, ...x.shape]))
  return reshape(y, y.shape.slice(1))
}
