// Exercise 6: ghosts, and their price. Check it by `node examples/learn/exercises/check.mjs 06`.
// What you need: conv2d, concat and slice of 'ghostgrad/functional'; F.slice(x, [null, [a, b]]) takes the channels a to b − 1.

/**
 * The output maps of a Ghost module, without batch norm and relu: first the intrinsic maps, then the ghosts of the first, of the second, …,
 * and only the first n of all these. The maps keep their size.
 * @param intrinsic (N, m, H, W)
 * @param filters (m · (s − 1), 1, d, d), d odd: s − 1 of the first intrinsic map, then of the second, …
 * @returns (N, n, H, W)
 */
export function ghostMaps(intrinsic, filters, n) {
  throw new Error(`your turn: ${n} maps from (${intrinsic.shape}) and filters (${filters.shape})`)
}

/**
 * Multiply-adds of a Ghost module from c channels to n, with maps of height × width numbers: of its k × k convolution and its d × d
 * filters together. It makes ⌈n / s⌉ intrinsic maps, and s − 1 ghosts of each, kept or not.
 */
export function ghostCost({ c, n, k, s, d, height, width }) {
  throw new Error(`your turn: count, for ${[c, n, k, s, d, height, width]}`)
}
