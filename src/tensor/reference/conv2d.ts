/**
 * Convolution as the sum it is, and its two adjoints.
 *
 *   y[n, k, p, q] = b[k] + Σ_{c, r, s} x[n, c, p·stride − pad + r·dilation, q·stride − pad + s·dilation] · w[k, c, r, s]
 *
 * All three passes visit the same triples (x element, w element, y element); they differ in which of the three they write.
 */
import type { BatchNormConstants, BatchNormEpilogue, ConvSpec } from '../backend.js'
import { convOutputShape, type Shape } from '../shape.js'
import { batchNormEval } from './batchNorm.js'
import { type HostArray, zerosLike } from './hostArray.js'

/** Visit every multiplication of the convolution: `product(x index, weight index, y index)`. */
function forEachProduct(
  xShape: Shape,
  wShape: Shape,
  yShape: Shape,
  spec: ConvSpec,
  product: (x: number, w: number, y: number) => void,
): void {
  const [N, C, H, W] = xShape as [number, number, number, number]
  const [K, groupC, R, S] = wShape as [number, number, number, number]
  const [P, Q] = yShape.slice(2) as [number, number]
  const groupK = K / spec.groups
  for (let n = 0; n < N; n++) {
    for (let k = 0; k < K; k++) {
      const firstC = Math.floor(k / groupK) * groupC
      for (let p = 0; p < P; p++) {
        for (let q = 0; q < Q; q++) {
          const y = ((n * K + k) * P + p) * Q + q
          for (let c = 0; c < groupC; c++) {
            for (let r = 0; r < R; r++) {
              const h = p * spec.stride[0] - spec.padding[0] + r * spec.dilation[0]
              if (h < 0 || h >= H) continue
              for (let s = 0; s < S; s++) {
                const w = q * spec.stride[1] - spec.padding[1] + s * spec.dilation[1]
                if (w < 0 || w >= W) continue
                product(((n * C + firstC + c) * H + h) * W + w, ((k * groupC + c) * R + r) * S + s, y)
              }
            }
          }
        }
      }
    }
  }
}

function conv2d(x: HostArray, weight: HostArray, bias: HostArray | null, spec: ConvSpec): HostArray {
  const yShape = convOutputShape(x.shape, weight.shape, spec)
  const y = zerosLike(x, yShape)
  const sums = new Float64Array(y.size)
  forEachProduct(x.shape, weight.shape, yShape, spec, (i, j, o) => {
    sums[o]! += x.values[i]! * weight.values[j]!
  })
  const [, K, P, Q] = yShape as [number, number, number, number]
  for (let o = 0; o < y.size; o++) y.values[o] = sums[o]! + (bias ? bias.values[Math.floor(o / (P * Q)) % K]! : 0)
  return y
}

function conv2dInputGrad(dy: HostArray, weight: HostArray, spec: ConvSpec, xShape: Shape): HostArray {
  const dx = zerosLike(dy, xShape)
  const sums = new Float64Array(dx.size)
  forEachProduct(xShape, weight.shape, dy.shape, spec, (i, j, o) => {
    sums[i]! += weight.values[j]! * dy.values[o]!
  })
  dx.values.set(sums)
  return dx
}

function conv2dWeightGrad(x: HostArray, dy: HostArray, spec: ConvSpec, weightShape: Shape): HostArray {
  const dw = zerosLike(dy, weightShape)
  const sums = new Float64Array(dw.size)
  forEachProduct(x.shape, weightShape, dy.shape, spec, (i, j, o) => {
    sums[j]! += x.values[i]! * dy.values[o]!
  })
  dw.values.set(sums)
  return dw
}

function conv2dBatchNorm(
  x: HostArray,
  weight: HostArray,
  bias: HostArray | null,
  spec: ConvSpec,
  norm: BatchNormConstants<HostArray>,
  epilogue: BatchNormEpilogue<HostArray>,
): HostArray {
  const sums = conv2d(x, weight, bias, spec)
  return batchNormEval(sums, norm.weight, norm.bias, norm.mean, norm.variance, norm.eps, epilogue).y
}

export const convOperations = { conv2d, conv2dInputGrad, conv2dWeightGrad, conv2dBatchNorm }
