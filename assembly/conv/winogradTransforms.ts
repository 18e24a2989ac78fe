import { constant, fma, fnma } from '../simd'

/**
 * The transforms of Winograd's F(4×4, 3×3) (Lavin & Gray, "Fast algorithms for convolutional neural networks", 2016), which
 * computes a 4×4 tile of outputs from a 6×6 tile of inputs with 36 products instead of 144:
 *
 *   Y = Aᵀ [(G g Gᵀ) ⊙ (Bᵀ d B)] A
 *
 *        ⎡4  0 −5  0  1  0⎤        ⎡ 1/4    0     0 ⎤        ⎡1 1  1 1  1 0⎤
 *        ⎢0 −4 −4  1  1  0⎥        ⎢−1/6 −1/6 −1/6  ⎥   Aᵀ = ⎢0 1 −1 2 −2 0⎥
 *   Bᵀ = ⎢0  4 −4 −1  1  0⎥    G = ⎢−1/6  1/6 −1/6  ⎥        ⎢0 1  1 4  4 0⎥
 *        ⎢0 −2 −1  2  1  0⎥        ⎢1/24  1/12  1/6 ⎥        ⎣0 1 −1 8 −8 1⎦
 *        ⎢0  2 −1 −2  1  0⎥        ⎢1/24 −1/12  1/6 ⎥
 *        ⎣0  4  0 −5  0  1⎦        ⎣  0     0     1 ⎦
 *
 * Each function transforms one line of the images of a vector at once and stores the results `step` bytes apart.
 */

const numbers: usize = memory.data<f32>([2, 4, 8])

/** The coefficients of the transforms, for callers to take once before their loops. */
@inline
export function two(): v128 {
  return constant(numbers)
}

@inline
export function four(): v128 {
  return constant(numbers + 4)
}

@inline
export function eight(): v128 {
  return constant(numbers + 8)
}

/** Bᵀ d: six values to six; `two` and `four`: these numbers in all lanes. */
@inline
export function inputLine(
  d0: v128, d1: v128, d2: v128, d3: v128, d4: v128, d5: v128, out: usize, step: usize, two: v128, four: v128,
): void {
  const difference42 = f32x4.sub(d4, d2)
  const difference31 = f32x4.sub(d3, d1)
  v128.store(out, fma(four, f32x4.sub(d0, d2), difference42))
  out += step
  const even = fnma(four, d2, d4)
  const odd = fnma(four, d1, d3)
  v128.store(out, f32x4.add(even, odd))
  out += step
  v128.store(out, f32x4.sub(even, odd))
  out += step
  v128.store(out, fma(two, difference31, difference42))
  out += step
  v128.store(out, fnma(two, difference31, difference42))
  out += step
  v128.store(out, fnma(four, difference31, f32x4.sub(d5, d3)))
}

/** A d: four values to six, for the gradient of the output. */
@inline
export function gradLine(
  d0: v128, d1: v128, d2: v128, d3: v128, out: usize, step: usize, two: v128, four: v128,
): void {
  v128.store(out, d0)
  out += step
  const even = f32x4.add(d0, d2)
  const odd = f32x4.add(d1, d3)
  v128.store(out, f32x4.add(even, odd))
  out += step
  v128.store(out, f32x4.sub(even, odd))
  out += step
  const even2 = fma(four, d2, d0)
  const odd2 = fma(four, d3, d1)
  v128.store(out, fma(two, odd2, even2))
  out += step
  v128.store(out, fnma(two, odd2, even2))
  out += step
  v128.store(out, d3)
}
