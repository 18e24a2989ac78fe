import { GhostgradError, showShape } from '../tensor/errors.js'
import type { Tensor } from '../tensor/tensor.js'
import { symmetricEigen } from './symmetricEigen.js'

/** Images of which `whiten` takes its patches. */
export interface WhiteningImages {
  /** (N, C, H, W), row-major, normalized as the network's inputs are */
  images: Float32Array
  shape: readonly [number, number, number, number]
}

/** Settings of `whiten`. */
export interface WhiteningOptions {
  /** Added to each eigenvalue; default 5e-4, as Jordan's. */
  eps?: number
}

/**
 * Fill the weight of a first convolution, (K, C, R, S), so that its outputs for patches of such images are
 * uncorrelated, each with variance about 1: with the eigenvectors of the patches' covariance (their mean taken for 0),
 * each divided by √(eigenvalue + eps), and with their negatives (Page 2019,
 * https://myrtle.ai/learn/how-to-train-your-resnet-8-bag-of-tricks; Jordan 2024, https://arxiv.org/abs/2404.00498,
 * section 3.2). K = 2 · C · R · S takes all; a smaller, even K those of the largest eigenvalues; of a larger K the last
 * filters stay as they are.
 * @throws GhostgradError unless K is even and the images have C channels
 */
export function whiten<T extends Tensor>(weight: T, input: WhiteningImages, { eps = 5e-4 }: WhiteningOptions = {}): T {
  const [K, C, R, S] = weight.shape as [number, number, number, number]
  if (weight.rank !== 4 || K % 2 !== 0 || C !== input.shape[1]) {
    throw new GhostgradError(
      `whiten: expected a weight (K, ${input.shape[1]}, R, S) with an even K for images ${showShape(input.shape)}, got ${showShape(weight.shape)}`,
    )
  }
  const size = C * R * S
  const { values, vectors } = symmetricEigen(patchCovariance(input, R, S))
  const count = Math.min(K / 2, size)
  const filters = new Float32Array(weight.values)
  for (let i = 0; i < count; i++) {
    const scale = 1 / Math.sqrt(Math.max(0, values[i]!) + eps)
    vectors[i]!.forEach((x, j) => {
      filters[i * size + j] = scale * x
      filters[(count + i) * size + j] = -scale * x
    })
  }
  return weight.set(filters)
}

/** (C·R·S, C·R·S), its upper triangle: the mean of patch · patchᵀ over all patches of R × S pixels. */
export function patchCovariance({ images, shape: [N, C, H, W] }: WhiteningImages, R: number, S: number): number[][] {
  const size = C * R * S
  const offsets = Array.from({ length: size }, (_, i) => {
    const [c, r, s] = [Math.floor(i / (R * S)), Math.floor(i / S) % R, i % S]
    return (c * H + r) * W + s
  })
  const sums = new Float64Array(size * size)
  const patch = new Float64Array(size)
  for (let n = 0; n < N; n++) {
    for (let y = 0; y + R <= H; y++) {
      for (let x = 0; x + S <= W; x++) {
        const start = n * C * H * W + y * W + x
        for (let i = 0; i < size; i++) patch[i] = images[start + offsets[i]!]!
        for (let i = 0; i < size; i++) {
          const value = patch[i]!
          for (let j = i; j < size; j++) sums[i * size + j]! += value * patch[j]!
        }
      }
    }
  }
  const patches = N * (H - R + 1) * (W - S + 1)
  return Array.from({ length: size }, (_, i) => Array.from(sums.subarray(i * size, (i + 1) * size), (v) => v / patches))
}
