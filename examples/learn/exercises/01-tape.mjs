// Exercise 1: backward without a tape. Check it by `node examples/learn/exercises/check.mjs 01`.

const node = (value, inputs, slopes) => ({ value, inputs, slopes, grad: 0 })

export const number = (value) => node(value, [], [])
export const add = (a, b) => node(a.value + b.value, [a, b], [1, 1])
export const mul = (a, b) => node(a.value * b.value, [a, b], [b.value, a.value])

/**
 * Add ∂loss/∂node to the `grad` of every node that `loss` was made of, itself included. Nobody has written down the order: a node's turn
 * comes when everything that used it has had its own. Mind that a graph may be ten thousand operations deep, and that a value may be
 * used along many paths, but has one turn.
 */
export function backward(loss) {
  throw new Error(`your turn: find the nodes that ${loss.value} was made of, and an order to visit them in`)
}
