// Exercise 4: the gradients of a convolution. Check them by `node examples/learn/exercises/check.mjs 04`.

/** y[p] = Σ x[p · stride + r] · w[r], for every p at which the kernel lies inside x. */
export function convolve(x, w, stride) {
  const y = new Array(Math.floor((x.length - w.length) / stride) + 1).fill(0)
  for (let p = 0; p < y.length; p++) {
    for (let r = 0; r < w.length; r++) y[p] += x[p * stride + r] * w[r]
  }
  return y
}

/** dx, of the length of x. Mind that a stride may leave over the end of x. */
export function inputGradient(dy, w, stride, length) {
  throw new Error(`your turn: ${length} numbers from dy (${dy}), w (${w}) and the stride ${stride}`)
}

/** dw, of the length of w. */
export function weightGradient(dy, x, stride, length) {
  throw new Error(`your turn: ${length} numbers from dy (${dy}), x (${x}) and the stride ${stride}`)
}
