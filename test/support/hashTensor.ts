/** Numbers from names, as scripts/fixtures/hashInit.py computes them: no file has to carry inputs and weights. */
import { sizeOf } from '../../src/tensor/shape.js'

/** 32-bit FNV-1a over the UTF-8 bytes of `name`. */
export function fnv1a(name: string): number {
  let state = 0x811c9dc5
  for (const byte of new TextEncoder().encode(name)) state = Math.imul(state ^ byte, 0x01000193)
  return state >>> 0
}

export interface HashedInput {
  name: string
  shape: number[]
  scale?: number
  shift?: number
  clampMin?: number
}

/** max(clampMin, v · scale + shift) with v in [−1, 1), one mulberry32 draw an element, row-major. */
export function hashTensor({ name, shape, scale = 1, shift = 0, clampMin = -Infinity }: HashedInput): Float32Array {
  const seed = fnv1a(name)
  return new Float32Array(sizeOf(shape)).map((_, i) => {
    let t = (seed + Math.imul(i + 1, 0x6d2b79f5)) | 0
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    const r = (t ^ (t >>> 14)) >>> 0
    const v = 2 * ((r >>> 8) / 2 ** 24) - 1
    return Math.max(clampMin, Math.fround(v * scale + shift))
  })
}
