import { float, int, ptr, share } from '../call'

/** Element `k` of the array that is argument `i`, or `otherwise` where there is none. */
@inline
function element(i: usize, k: i32, otherwise: f64): f64 {
  return ptr(i) != 0 ? <f64>load<f32>(ptr(i) + (<usize>k << 2)) : otherwise
}

/**
 * Batch norm by constant statistics behind a convolution with bias b, as scale and shift of its sums:
 *
 *   γ · (sum + b − μ) / √(σ² + ε) + β = scale · sum + shift,   scale = γ / √(σ² + ε),   shift = β + (b − μ) · scale
 *
 * Arguments: scale, shift, γ, β, μ, σ², b (0 where there is no γ, β or b), output channels; ε.
 */
export function convFold(thread: i32, threads: i32): void {
  const end = share(int(7), thread + 1, threads)
  for (let k = share(int(7), thread, threads); k < end; k++) {
    const scale = <f32>(element(2, k, 1) / Math.sqrt(element(5, k, 1) + <f64>float(0)))
    const shift = <f32>(element(3, k, 0) + (element(6, k, 0) - element(4, k, 0)) * <f64>scale)
    store<f32>(ptr(0) + (<usize>k << 2), scale)
    store<f32>(ptr(1) + (<usize>k << 2), shift)
  }
}
