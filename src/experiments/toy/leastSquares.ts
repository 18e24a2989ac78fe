/** What is left of a column, as a share, below which it counts as a combination of those before. */
const dependent = 1e-10

/**
 * The coefficients c that make ‖Σ c_j · columns_j − b‖ smallest, by a QR decomposition (Gram–Schmidt, each column twice). A column
 * that depends on those before it gets 0.
 * @param columns of as many numbers as b each
 */
export function leastSquares(columns: readonly Float64Array[], b: Float64Array): Float64Array {
  const basis: { q: Float64Array; column: number; overlaps: number[]; norm: number }[] = []
  for (const [j, column] of columns.entries()) {
    const q = column.slice()
    const overlaps = basis.map(() => 0)
    for (let round = 0; round < 2; round++) {
      for (const [i, { q: other }] of basis.entries()) {
        const overlap = dot(other, q)
        subtract(q, other, overlap)
        overlaps[i]! += overlap
      }
    }
    const norm = Math.sqrt(dot(q, q))
    if (norm <= dependent * Math.sqrt(dot(column, column))) continue
    basis.push({ q: q.map((v) => v / norm), column: j, overlaps, norm })
  }
  const rest = b.slice()
  const targets = basis.map(({ q }) => {
    const share = dot(q, rest)
    subtract(rest, q, share)
    return share
  })
  const coefficients = new Float64Array(columns.length)
  for (let k = basis.length - 1; k >= 0; k--) {
    const { column, overlaps, norm } = basis[k]!
    const c = targets[k]! / norm
    coefficients[column] = c
    for (let i = 0; i < k; i++) targets[i]! -= c * overlaps[i]!
  }
  return coefficients
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}

/** a −= factor · b */
function subtract(a: Float64Array, b: Float64Array, factor: number): void {
  for (let i = 0; i < a.length; i++) a[i]! -= factor * b[i]!
}
