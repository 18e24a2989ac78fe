import type { ConvShape } from '../../src/tensor/wasm/conv/index.js'
import { lanesFor } from '../../src/tensor/wasm/lanes.js'

/** All three passes of a convolution by plain loops in double precision, on (C, blocks, H, W, lanes) and (K, C / groups, R, S). */
export interface Reference {
  y: Float64Array
  dx: Float64Array
  dw: Float64Array
}

export function reference(s: ConvShape, x: Float32Array, w: Float32Array, dy: Float32Array): Reference {
  const y = new Float64Array(dy.length)
  const dx = new Float64Array(x.length)
  const dw = new Float64Array(w.length)
  const C = s.inChannels / s.groups
  const K = s.outChannels / s.groups
  let tap = 0
  for (let k = 0; k < s.outChannels; k++) {
    for (let c = 0; c < C; c++) {
      const channel = Math.floor(k / K) * C + c
      for (let r = 0; r < s.kernelHeight; r++) {
        for (let t = 0; t < s.kernelWidth; t++, tap++) {
          for (let i = 0; i < s.outHeight; i++) {
            const h = i * s.strideHeight + r * s.dilationHeight - s.paddingHeight
            if (h < 0 || h >= s.height) continue
            for (let j = 0; j < s.outWidth; j++) {
              const v = j * s.strideWidth + t * s.dilationWidth - s.paddingWidth
              if (v < 0 || v >= s.width) continue
              for (let block = 0; block < s.blocks; block++) {
                let at = (((channel * s.blocks + block) * s.height + h) * s.width + v) * s.lanes
                let out = (((k * s.blocks + block) * s.outHeight + i) * s.outWidth + j) * s.lanes
                for (let n = 0; n < s.lanes; n++, at++, out++) {
                  y[out]! += w[tap]! * x[at]!
                  dx[at]! += w[tap]! * dy[out]!
                  dw[tap]! += x[at]! * dy[out]!
                }
              }
            }
          }
        }
      }
    }
  }
  return { y, dx, dw }
}

type Sizes = Pick<ConvShape, 'batch' | 'inChannels' | 'outChannels' | 'height' | 'width'> & Partial<ConvShape>

/** The shape of a convolution from its essential sizes, for vectors of `lanes` floats; kernels are 1×1 unless said, strides 1, paddings 0. */
export function convShape(lanes: number, sizes: Sizes): ConvShape {
  const full = {
    ...{ kernelHeight: 1, kernelWidth: 1, strideHeight: 1, strideWidth: 1, paddingHeight: 0, paddingWidth: 0 },
    ...{ dilationHeight: 1, dilationWidth: 1, groups: 1, ...lanesFor(sizes.batch, lanes) },
    ...sizes,
  }
  const out = (size: number, kernel: number, stride: number, padding: number, dilation: number): number =>
    Math.floor((size + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1
  return {
    ...full,
    outHeight: out(full.height, full.kernelHeight, full.strideHeight, full.paddingHeight, full.dilationHeight),
    outWidth: out(full.width, full.kernelWidth, full.strideWidth, full.paddingWidth, full.dilationWidth),
  }
}

/**
 * Largest difference, relative to the largest sum of magnitudes: where terms cancel, the error stays that of the terms.
 * Not a number when any value is not.
 */
export function relativeError(actual: ArrayLike<number>, expected: Float64Array, magnitudes: Float64Array): number {
  let worst = 0
  let scale = 0
  for (let i = 0; i < expected.length; i++) {
    const error = Math.abs(actual[i]! - expected[i]!)
    if (Number.isNaN(error)) return Number.NaN
    worst = Math.max(worst, error)
    scale = Math.max(scale, magnitudes[i]!)
  }
  return scale === 0 ? worst : worst / scale
}
