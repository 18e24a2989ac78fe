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

/** As kernels take it: see `setEpilogue` in `assembly/conv/epilogue.ts`. */
export interface EpilogueArguments {
  readonly finishes: boolean
  readonly scales: number
  readonly shifts: number
  readonly residual: number
  readonly relu: boolean
  readonly pixelVectors: number
  readonly paddedLanes: number
}

export const noEpilogue: EpilogueArguments = {
  finishes: false,
  scales: 0,
  shifts: 0,
  residual: 0,
  relu: false,
  pixelVectors: 0,
  paddedLanes: 0,
}

/** @param vectorLanes floats of a vector of the kernels */
export function epilogueArguments(s: ConvShape, epilogue: Epilogue, vectorLanes: number): EpilogueArguments {
  const { scale = 0, shift = 0, residual = 0, relu = false } = epilogue
  return {
    finishes: scale !== 0 || shift !== 0 || residual !== 0 || relu,
    scales: scale,
    shifts: shift,
    residual,
    relu,
    pixelVectors: s.lanes / vectorLanes,
    paddedLanes: s.blocks * s.lanes - s.batch,
  }
}
