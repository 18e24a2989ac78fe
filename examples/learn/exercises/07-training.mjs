// Exercise 7: another optimizer, another schedule. Check them by `node examples/learn/exercises/check.mjs 07`.

/**
 * One step of AdamW (Loshchilov and Hutter 2019), of each number of p in place, by its gradient g:
 *
 *     p ← p · (1 − lr · weightDecay)          the spring pulls the weight itself, not its gradient
 *     m ← β₁ · m + (1 − β₁) · g               a running mean of gradients
 *     v ← β₂ · v + (1 − β₂) · g²              and one of their squares
 *     p ← p − lr · m̂ / (√v̂ + eps)             m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ)
 *
 * Both means start at 0, and so are too small at first; the hats make up for it.
 * @param t the number of this step, from 1
 */
export function adamWStep(p, g, m, v, t, { lr, beta1, beta2, eps, weightDecay }) {
  throw new Error(`your turn: step ${t} of p (${p}) by ${g}, ${m}, ${v} with ${[lr, beta1, beta2, eps, weightDecay]}`)
}

/**
 * The learning rate of step k (from 0): rises in a straight line from 0 at step 0 to lr at step `warmup`, then falls along half a cosine to 0 at
 * step `steps`.
 */
export function warmupCosine(k, { lr, warmup, steps }) {
  throw new Error(`your turn: step ${k}, with ${[lr, warmup, steps]}`)
}
