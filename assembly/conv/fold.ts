import { share } from '../call'

/** Element `k` of an array, or `otherwise` where there is none. */
@inline
function element(array: usize, k: i32, otherwise: f64): f64 {
  return array != 0 ? <f64>load<f32>(array + (<usize>k << 2)) : otherwise
}

/**
 * Batch norm by constant statistics behind a convolution with bias b, as scale and shift of its sums:
 *
 *   γ · (sum + b − μ) / √(σ² + ε) + β = scale · sum + shift,   scale = γ / √(σ² + ε),   shift = β + (b − μ) · scale
 *
 * The addresses of γ (weight), β (bias) and b (convBias) are 0 where there is none; K: output channels.
 */
export function convFold(
  thread: i32, threads: i32, scale: usize, shift: usize, weight: usize, bias: usize, mean: usize, variance: usize,
  convBias: usize, K: i32, eps: f32,
): void {
  const end = share(K, thread + 1, threads)
  for (let k = share(K, thread, threads); k < end; k++) {
    const factor = <f32>(element(weight, k, 1) / Math.sqrt(element(variance, k, 1) + <f64>eps))
    const offset = <f32>(element(bias, k, 0) + (element(convBias, k, 0) - element(mean, k, 0)) * <f64>factor)
    store<f32>(scale + (<usize>k << 2), factor)
    store<f32>(shift + (<usize>k << 2), offset)
  }
}
