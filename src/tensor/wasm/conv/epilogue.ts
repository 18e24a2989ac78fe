import type { ConvShape } from './shape.js'

/**
 * What a forward convolution does with its sums before it stores them: y = relu(sums · scale + shift + residual). Arrays by their
 * address.
 */
export interface Epilogue {
  /** (K,); 1 where left out */
  scale?: number
  /** (K,); 0 where left out */
  shift?: number
  /** As y. */
  residual?: number
  /** Whether to apply relu at the end. */
  relu?: boolean
}

/** As kernels take it, behind their own arguments: see `assembly/conv/epilogue.ts`. */
export type EpilogueArguments = readonly number[]

export const noEpilogue: EpilogueArguments = [0]

export function epilogueArguments(s: ConvShape, epilogue: Epilogue): EpilogueArguments {
  const { scale = 0, shift = 0, residual = 0, relu = false } = epilogue
  if (scale === 0 && shift === 0 && residual === 0 && !relu) return noEpilogue
  return [1, scale, shift, residual, Number(relu), s.lanes / 4, s.blocks * s.lanes - s.batch]
}
