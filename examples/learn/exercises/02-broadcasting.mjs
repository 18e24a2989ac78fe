// Exercise 2: the adjoint of broadcasting. Check it by `node examples/learn/exercises/check.mjs 02`.

/**
 * The gradient of an array that was repeated from one shape to another: for each of its elements, the sum over the copies.
 * @param dy the gradient of the copies: the numbers of an array of shape `to`, row by row (the last axis is contiguous)
 * @param from the shape before; it broadcasts to `to`, and may have fewer axes
 * @returns the numbers of an array of shape `from`
 * @example sumToShape([1, 2, 3, 4], [2, 1], [2, 2]) // [3, 7]
 */
export function sumToShape(dy, from, to) {
  throw new Error(`your turn: sum ${dy.length} numbers of shape (${to}) to (${from})`)
}
