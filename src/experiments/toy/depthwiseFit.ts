import { leastSquares } from './leastSquares.js'

export interface DepthwiseFit {
  /** (d, d), as the weight of a depthwise convolution. */
  filter: Float64Array
  /** Mean over the pixels of (filter ⋆ x − y)². */
  mse: number
}

/**
 * The best filter of one map for another: the d × d depthwise convolution with zero padding, stride 1 and no bias (the cheap
 * operation Φ of a Ghost module) that takes x to y with the smallest mean squared error. Solved exactly, in float64: what gradient
 * descent on the same error would come to in the end.
 * @param x, y maps (H, W) with `width` W
 * @param d odd
 */
export function fitDepthwise(x: Float32Array, y: Float32Array, width: number, d: number): DepthwiseFit {
  const columns = shifts(x, width, d)
  const filter = leastSquares(columns, Float64Array.from(y))
  let sum = 0
  for (let p = 0; p < y.length; p++) {
    let predicted = 0
    for (let j = 0; j < filter.length; j++) predicted += filter[j]! * columns[j]![p]!
    sum += (predicted - y[p]!) ** 2
  }
  return { filter, mse: sum / y.length }
}

/** What each of the d · d weights sees at every pixel: the map shifted by its place in the filter, with zeros from outside. */
function shifts(x: Float32Array, width: number, d: number): Float64Array[] {
  const height = x.length / width
  const reach = (d - 1) / 2
  return Array.from({ length: d * d }, (_, j) => {
    const [down, right] = [Math.floor(j / d) - reach, (j % d) - reach]
    const column = new Float64Array(x.length)
    for (let r = Math.max(0, -down); r < Math.min(height, height - down); r++) {
      for (let c = Math.max(0, -right); c < Math.min(width, width - right); c++) {
        column[r * width + c] = x[(r + down) * width + c + right]!
      }
    }
    return column
  })
}
