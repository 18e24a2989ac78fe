/** Eigenvalues of a symmetric matrix, the largest first, with an eigenvector of length 1 for each. */
export interface Eigen {
  values: number[]
  vectors: number[][]
}

/** Sweeps over all pairs of axes; ten are enough for a hundred rows, as convergence is quadratic. */
const mostSweeps = 50

/**
 * By Jacobi's rotations (Golub and Van Loan, Matrix Computations, section 8.5), for matrices of tens of rows. An
 * eigenvector's largest element (by magnitude) is positive, so that the result is unique where eigenvalues differ.
 * @param matrix n rows of n numbers, of which the upper triangle counts
 */
export function symmetricEigen(matrix: readonly (readonly number[])[]): Eigen {
  const n = matrix.length
  const A = matrix.map((_, i) => matrix.map((_, j) => matrix[Math.min(i, j)]![Math.max(i, j)]!))
  const V = A.map((_, i) => A.map((_, j) => Number(i === j))) // rows become eigenvectors
  const total = Math.hypot(...A.flat())
  for (let sweep = 0; sweep < mostSweeps; sweep++) {
    const beside = Math.hypot(...A.flatMap((row, i) => row.filter((_, j) => j > i)))
    if (beside <= Number.EPSILON * total) break
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) rotate(A, V, p, q)
  }
  const order = A.map((_, i) => i).sort((i, j) => A[j]![j]! - A[i]![i]!)
  return { values: order.map((i) => A[i]![i]!), vectors: order.map((i) => withSign(V[i]!)) }
}

/** Turn the axes p and q so that A's element between them becomes zero. */
function rotate(A: number[][], V: number[][], p: number, q: number): void {
  const between = A[p]![q]!
  if (between === 0) return
  const theta = (A[q]![q]! - A[p]![p]!) / (2 * between)
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1))
  const cos = 1 / Math.hypot(t, 1)
  const sin = t * cos
  for (const row of A) {
    const [x, y] = [row[p]!, row[q]!]
    row[p] = cos * x - sin * y
    row[q] = sin * x + cos * y
  }
  for (const M of [A, V]) {
    const [P, Q] = [M[p]!, M[q]!]
    for (let k = 0; k < P.length; k++) {
      const [x, y] = [P[k]!, Q[k]!]
      P[k] = cos * x - sin * y
      Q[k] = sin * x + cos * y
    }
  }
}

function withSign(vector: readonly number[]): number[] {
  const largest = vector.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a))
  return vector.map((x) => (largest < 0 ? -x : x))
}
