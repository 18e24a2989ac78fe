// Exercise 5: the gradient of RMS norm. Check it by `node examples/learn/exercises/check.mjs 05`.

export const eps = 1e-5

/** y = x · r, r = 1 / √(mean(x²) + ε) */
export function rmsNorm(x) {
  const r = 1 / Math.sqrt(x.reduce((sum, v) => sum + v * v, 0) / x.length + eps)
  return x.map((v) => v * r)
}

/** dx from dy. Every x[i] reaches every y[j], through r: do not forget that path. */
export function rmsNormGradient(dy, x) {
  throw new Error(`your turn: dx for dy = (${dy}) at x = (${x})`)
}
