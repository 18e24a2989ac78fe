import type { NdArray } from '../tensor/ndarray.js'

/** Of the polynomial a·s + b·s³ + c·s⁵: chosen by Jordan for the steepest slope at 0 that still keeps s near 1. */
const [a, b, c] = [3.4445, -4.775, 2.0315]

/** The least that is divided by: torch.optim.Muon's. */
const eps = 1e-7

/**
 * A matrix with the singular vectors of x, and singular values that `steps` applications of a quintic polynomial have
 * brought near 1 (0.7 to 1.2 for most after five), by matrix products alone (Jordan et al. 2024,
 * https://kellerjordan.github.io/posts/muon; Bernstein and Newhouse 2024, https://arxiv.org/abs/2409.20325):
 *
 *     X ← x / max(‖x‖, eps);   steps times: A = X·Xᵀ,  X ← a·X + (b·A + c·A²)·X
 *
 * Where x has more rows than columns, A = Xᵀ·X is the smaller of the two, and X ← a·X + X·(b·A + c·A²) comes to the
 * same.
 * @param x (rows, columns)
 */
export function orthogonalize(x: NdArray, steps: number): NdArray {
  const { backend } = x
  const isTall = x.shape[0]! > x.shape[1]!
  let X = backend.affine(x, 1 / Math.max(Math.sqrt(backend.sumOfSquares(x)), eps), 0)
  for (let i = 0; i < steps; i++) {
    const A = isTall ? backend.matmul(X, X, true, false) : backend.matmul(X, X, false, true)
    const polynomial = backend.affine(backend.matmul(A, A, false, true), c, 0) // A is symmetric: A·A = A·Aᵀ
    backend.accumulate(polynomial, backend.affine(A, b, 0))
    const next = isTall ? backend.matmul(X, polynomial, false, true) : backend.matmul(polynomial, X, false, false)
    backend.accumulate(next, backend.affine(X, a, 0))
    X = next
  }
  return X
}
