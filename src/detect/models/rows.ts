import * as F from '../../autograd/functional.js'
import type { Tensor } from '../../tensor/tensor.js'

/**
 * The outputs of a head on all levels as one list, in the order of the anchors.
 * @param maps each (N, anchors · width, H, W)
 * @returns (N, all anchors, width)
 */
export function anchorRows(maps: readonly Tensor[], width: number): Tensor {
  const rows = maps.map((map) => {
    const [N, channels, H, W] = map.shape as [number, number, number, number]
    const split = F.reshape(map, [N, channels / width, width, H, W])
    return F.reshape(F.permute(split, [0, 3, 4, 1, 2]), [N, (H * W * channels) / width, width])
  })
  return F.concat(rows, 1)
}
