// Exercise 5, solved.

export const eps = 1e-5

export function rmsNorm(x) {
  const r = 1 / Math.sqrt(x.reduce((sum, v) => sum + v * v, 0) / x.length + eps)
  return x.map((v) => v * r)
}

/**
 * dr = Σ dy · x, and r = (s + ε)^−½ with s = Σ x² / m, so ds = −½ · r³ · dr, which gives x a further 2x / m · ds:
 * dx = dy · r − x / m · r³ · Σ dy · x = r · (dy − y · mean(dy · y))
 */
export function rmsNormGradient(dy, x) {
  const y = rmsNorm(x)
  const r = 1 / Math.sqrt(x.reduce((sum, v) => sum + v * v, 0) / x.length + eps)
  const mean = dy.reduce((sum, g, i) => sum + g * y[i], 0) / x.length
  return dy.map((g, i) => r * (g - y[i] * mean))
}
