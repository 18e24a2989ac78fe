// Exercise 7, solved.

export function adamWStep(p, g, m, v, t, { lr, beta1, beta2, eps, weightDecay }) {
  for (let i = 0; i < p.length; i++) {
    m[i] = beta1 * m[i] + (1 - beta1) * g[i]
    v[i] = beta2 * v[i] + (1 - beta2) * g[i] ** 2
    const mHat = m[i] / (1 - beta1 ** t)
    const vHat = v[i] / (1 - beta2 ** t)
    p[i] = p[i] * (1 - lr * weightDecay) - (lr * mHat) / (Math.sqrt(vHat) + eps)
  }
}

export function warmupCosine(k, { lr, warmup, steps }) {
  if (k < warmup) return (lr * k) / warmup
  return (lr * (1 + Math.cos((Math.PI * (k - warmup)) / (steps - warmup)))) / 2
}
