import type { Generator } from '../tensor/random.js'

/** A number from Beta(α, α), 0 … 1: two gamma variates' share. */
export function beta(generator: Generator, alpha: number): number {
  const [a, b] = [gamma(generator, alpha), gamma(generator, alpha)]
  return a + b > 0 ? a / (a + b) : generator.integer(2) // both underflow where α is tiny, and the share is 0 or 1
}

/** A number from Gamma(shape, 1), by Marsaglia and Tsang 2000 (https://doi.org/10.1145/358407.358414). */
function gamma(generator: Generator, shape: number): number {
  if (shape < 1) return gamma(generator, shape + 1) * (1 - generator.uniform()) ** (1 / shape)
  const d = shape - 1 / 3
  for (;;) {
    const x = generator.normal()
    const v = (1 + x / Math.sqrt(9 * d)) ** 3
    if (v > 0 && Math.log(1 - generator.uniform()) < x * x * 0.5 + d - d * v + d * Math.log(v)) return d * v
  }
}
