// Exercise 4, solved.

export function convolve(x, w, stride) {
  const y = new Array(Math.floor((x.length - w.length) / stride) + 1).fill(0)
  for (let p = 0; p < y.length; p++) {
    for (let r = 0; r < w.length; r++) y[p] += x[p * stride + r] * w[r]
  }
  return y
}

export function inputGradient(dy, w, stride, length) {
  const dx = new Array(length).fill(0)
  for (let p = 0; p < dy.length; p++) {
    for (let r = 0; r < w.length; r++) dx[p * stride + r] += dy[p] * w[r]
  }
  return dx
}

export function weightGradient(dy, x, stride, length) {
  const dw = new Array(length).fill(0)
  for (let p = 0; p < dy.length; p++) {
    for (let r = 0; r < length; r++) dw[r] += dy[p] * x[p * stride + r]
  }
  return dw
}
