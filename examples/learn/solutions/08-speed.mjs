// Exercise 8, solved.

export const Bt = [
  [4, 0, -5, 0, 1, 0],
  [0, -4, -4, 1, 1, 0],
  [0, 4, -4, -1, 1, 0],
  [0, -2, -1, 2, 1, 0],
  [0, 2, -1, -2, 1, 0],
  [0, 4, 0, -5, 0, 1],
]
export const G = [
  [1 / 4, 0, 0],
  [-1 / 6, -1 / 6, -1 / 6],
  [-1 / 6, 1 / 6, -1 / 6],
  [1 / 24, 1 / 12, 1 / 6],
  [1 / 24, -1 / 12, 1 / 6],
  [0, 0, 1],
]
export const At = [
  [1, 1, 1, 1, 1, 0],
  [0, 1, -1, 2, -2, 0],
  [0, 1, 1, 4, 4, 0],
  [0, 1, -1, 8, -8, 1],
]

const product = (a, b) => a.map((row) => b[0].map((_, j) => row.reduce((sum, v, k) => sum + v * b[k][j], 0)))
const transposed = (a) => a[0].map((_, j) => a.map((row) => row[j]))
const around = (outer, inner) => product(product(outer, inner), transposed(outer))

export function winograd(tile, kernel, multiply) {
  const [d, g] = [around(Bt, tile), around(G, kernel)]
  const products = d.map((row, i) => row.map((v, j) => multiply(v, g[i][j])))
  return around(At, products)
}
