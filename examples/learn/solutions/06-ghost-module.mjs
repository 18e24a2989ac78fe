// Exercise 6, solved.
import * as F from 'ghostgrad/functional'

export function ghostMaps(intrinsic, filters, n) {
  const groups = intrinsic.shape[1]
  const ghosts = F.conv2d(intrinsic, filters, { padding: (filters.shape[2] - 1) / 2, groups })
  return F.slice(F.concat([intrinsic, ghosts], 1), [null, [0, n]])
}

export function ghostCost({ c, n, k, s, d, height, width }) {
  const m = Math.ceil(n / s)
  return (m * c * k ** 2 + m * (s - 1) * d ** 2) * height * width
}
