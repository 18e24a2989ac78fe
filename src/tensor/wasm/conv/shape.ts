/** A 2-D convolution, with all sizes that its kernels need. */
export interface ConvShape {
  /** Images; blocks that they lie in, and lanes of a block, whole vectors: see `lanesFor`. */
  batch: number
  blocks: number
  lanes: number
  inChannels: number
  outChannels: number
  height: number
  width: number
  outHeight: number
  outWidth: number
  kernelHeight: number
  kernelWidth: number
  strideHeight: number
  strideWidth: number
  paddingHeight: number
  paddingWidth: number
  dilationHeight: number
  dilationWidth: number
  groups: number
}

export type ConvPass = 'forward' | 'inputGrad' | 'weightGrad'

/**
 * - `winograd4`: F(4×4, 3×3), for 3×3 kernels with stride 1 and padding 1
 * - `winograd2`: the same on 2×2 planes, by F(2, 2) along each axis
 * - `depthwise`: as many groups as input channels
 * - `pointwise`: 1×1 kernels with stride 1, a plain matrix product
 * - `direct`: anything, a matrix product with gathered pixels
 */
export type ConvAlgorithm = 'winograd4' | 'winograd2' | 'depthwise' | 'pointwise' | 'direct'

/** Whether an algorithm can compute this convolution at all. */
export function isApplicable(s: ConvShape, algorithm: ConvAlgorithm): boolean {
  const unitStride = s.strideHeight === 1 && s.strideWidth === 1
  const padding = (size: number): boolean => s.paddingHeight === size && s.paddingWidth === size
  const kernel = (size: number): boolean => s.kernelHeight === size && s.kernelWidth === size
  switch (algorithm) {
    case 'winograd4':
      return kernel(3) && unitStride && padding(1) && s.dilationHeight === 1 && s.dilationWidth === 1 && s.groups === 1
    case 'winograd2':
      return s.height === 2 && s.width === 2 && isApplicable(s, 'winograd4')
    case 'pointwise':
      return kernel(1) && unitStride && padding(0)
    case 'depthwise':
      return s.groups === s.inChannels
    case 'direct':
      return true
  }
}

/** The fastest algorithm for a pass of a convolution, from measurements (`npm run bench -- micro`). */
export function chooseAlgorithm(s: ConvShape, pass: ConvPass): ConvAlgorithm {
  if (s.groups > 1) return isApplicable(s, 'depthwise') ? 'depthwise' : 'direct'
  if (isApplicable(s, 'pointwise')) return 'pointwise'
  if (isApplicable(s, 'winograd2')) return 'winograd2'
  if (!isApplicable(s, 'winograd4') || s.height * s.width <= 4) return 'direct'
  // With hardly anything to sum over, as in the first layer of VGG, transforming the many results costs more than it saves.
  const [summed, computed] = pass === 'inputGrad' ? [s.outChannels, s.inChannels] : [s.inChannels, s.outChannels]
  return pass !== 'weightGrad' && summed <= 4 && computed >= 32 ? 'direct' : 'winograd4'
}

/** Rows that the packed operand of a product has room for: as in `assembly/conv/gemm.ts`. */
export const paddedRows = (rows: number): number => (rows < 4 ? 4 : rows === 7 ? 8 : rows)

/** Bytes of the dot tiles of two rows with so many columns. */
export const dotRowBytes = (columns: number): number => 48 * Math.ceil(paddedRows(columns) / 6)

/** `n` rounded up to a multiple of `unit`. */
export const roundUp = (n: number, unit: number): number => Math.ceil(n / unit) * unit

/**
 * How many of `total` columns a thread takes at a time: about `wanted`, a multiple of `unit`, such that the blocks divide
 * evenly among the threads.
 */
export function blockSize(total: number, wanted: number, unit: number, threads: number): number {
  const rounds = Math.max(1, Math.round(total / (wanted * threads)))
  return Math.max(unit, roundUp(total / (rounds * threads), unit))
}
