import { fma, fnma } from '../simd'

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
 * Each function transforms one line of four images at once and stores the results `step` bytes apart.
 */

/** Bᵀ d: six values to six. */
@inline
export function inputLine(d0: v128, d1: v128, d2: v128, d3: v128, d4: v128, d5: v128, out: usize, step: usize): void {
  const two = f32x4.splat(2), four = f32x4.splat(4)
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
export function gradLine(d0: v128, d1: v128, d2: v128, d3: v128, out: usize, step: usize): void {
  const two = f32x4.splat(2), four = f32x4.splat(4)
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

/** G g: three values to six. */
@inline
export function weightLine(g0: v128, g1: v128, g2: v128, out: usize, step: usize): void {
  v128.store(out, f32x4.mul(g0, f32x4.splat(1 / 4)))
  out += step
  const sixth = f32x4.splat(-1 / 6)
  const ends = f32x4.mul(f32x4.add(g0, g2), sixth)
  const middle = f32x4.mul(g1, sixth)
  v128.store(out, f32x4.add(ends, middle))
  out += step
  v128.store(out, f32x4.sub(ends, middle))
  out += step
  const ends2 = fma(g0, f32x4.splat(1 / 24), f32x4.mul(g2, f32x4.splat(1 / 6)))
  const middle2 = f32x4.mul(g1, f32x4.splat(1 / 12))
  v128.store(out, f32x4.add(ends2, middle2))
  out += step
  v128.store(out, f32x4.sub(ends2, middle2))
  out += step
  v128.store(out, g2)
}

/** Gᵀ d: six values to three, for the gradient of the weights. */
@inline
export function weightGradLine(
  d0: v128, d1: v128, d2: v128, d3: v128, d4: v128, d5: v128, out: usize, step: usize,
): void {
  const sum12 = f32x4.mul(f32x4.add(d1, d2), f32x4.splat(-1 / 6))
  const sum34 = f32x4.add(d3, d4)
  v128.store(out, fma(d0, f32x4.splat(1 / 4), fma(sum34, f32x4.splat(1 / 24), sum12)))
  out += step
  const difference21 = f32x4.mul(f32x4.sub(d2, d1), f32x4.splat(1 / 6))
  v128.store(out, fma(f32x4.sub(d3, d4), f32x4.splat(1 / 12), difference21))
  out += step
  v128.store(out, f32x4.add(fma(sum34, f32x4.splat(1 / 6), sum12), d5))
}

/**
 * The 3×3 kernels of four output channels, `outer` bytes apart, as nine vectors of four, 16 bytes apart; zeros beyond `rows`
 * channels. Whole vectors are transposed: to read vectors out of single floats just stored would wait for the stores.
 */
export function gatherKernels(w: usize, outer: usize, rows: i32, rotate: bool, to: usize): void {
  const zeros = to + 144
  if (rows < 4) {
    v128.store(zeros, f32x4.splat(0))
    v128.store(zeros, f32x4.splat(0), 16)
    v128.store(zeros, f32x4.splat(0), 32)
  }
  const w1 = rows > 1 ? w + outer : zeros, w2 = rows > 2 ? w + 2 * outer : zeros, w3 = rows > 3 ? w + 3 * outer : zeros
  let step: usize = 16
  if (rotate) {
    to += 128
    step = -16
  }
  transpose(v128.load(w), v128.load(w1), v128.load(w2), v128.load(w3), to, step)
  transpose(v128.load(w, 16), v128.load(w1, 16), v128.load(w2, 16), v128.load(w3, 16), to + 4 * step, step)
  const low = v128.load32_lane(w1 + 32, v128.load32_zero(w, 32), 1)
  v128.store(to + 8 * step, v128.load32_lane(w3 + 32, v128.load32_lane(w2 + 32, low, 2), 3))
}

/** Four vectors, transposed, to `out`, `step` bytes apart. */
@inline
function transpose(a: v128, b: v128, c: v128, d: v128, out: usize, step: usize): void {
  const ab0 = v128.shuffle<f32>(a, b, 0, 4, 1, 5), ab1 = v128.shuffle<f32>(a, b, 2, 6, 3, 7)
  const cd0 = v128.shuffle<f32>(c, d, 0, 4, 1, 5), cd1 = v128.shuffle<f32>(c, d, 2, 6, 3, 7)
  v128.store(out, v128.shuffle<f32>(ab0, cd0, 0, 1, 4, 5))
  v128.store(out + step, v128.shuffle<f32>(ab0, cd0, 2, 3, 6, 7))
  v128.store(out + 2 * step, v128.shuffle<f32>(ab1, cd1, 0, 1, 4, 5))
  v128.store(out + 3 * step, v128.shuffle<f32>(ab1, cd1, 2, 3, 6, 7))
}
