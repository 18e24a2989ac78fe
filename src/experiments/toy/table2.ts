import { splitMaps } from '../../figures/pixels.js'
import type { Output } from '../../nn/capture.js'
import { fitDepthwise } from './depthwiseFit.js'
import { type Pair, similarPairs } from './pairs.js'

/** Sizes of the filter. */
export const sizes = [1, 3, 5, 7] as const

/** The pairs as the paper calls them, most correlated first. */
export const colours = ['red', 'green', 'blue'] as const

export interface ToyRow extends Pair {
  colour: (typeof colours)[number]
  /** Mean square of the second map: the error of a filter of zeros. */
  meanSquare: number
  /** Mean squared errors by filter size. */
  mse: number[]
}

/**
 * The paper's Table 2: how well a small depthwise filter turns one of two similar maps into the other. Since a squared error depends
 * on scale, every map is divided by its largest absolute value first.
 * @param output of a residual block for one image, (1, C, H, W)
 */
export function toyRows(output: Output): ToyRow[] {
  const maps = splitMaps(output).map(toUnit)
  const width = output.shape[3]!
  return similarPairs(maps, colours.length).map((pair, i) => {
    const [from, to] = pair.maps.map((map) => maps[map]!) as [Float32Array, Float32Array]
    const meanSquare = to.reduce((sum, v) => sum + v * v, 0) / to.length
    const mse = sizes.map((d) => fitDepthwise(from, to, width, d).mse)
    return { ...pair, colour: colours[i]!, meanSquare, mse }
  })
}

function toUnit(map: Float32Array): Float32Array {
  const largest = map.reduce((max, v) => Math.max(max, Math.abs(v)), 0)
  return largest > 0 ? map.map((v) => v / largest) : map
}
