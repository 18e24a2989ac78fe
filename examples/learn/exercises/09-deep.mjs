// Exercise 9: numbers that keep their size. Check it by `node examples/learn/exercises/check.mjs 09`.

/**
 * The standard deviation of weights with which the mean square of numbers stays what it is, through a linear layer of n inputs and a
 * relu with a leak: max(x, 0) + leak · min(x, 0). With leak 0 it is √(2 / n), as in the lesson.
 */
export function weightScale(n, leak) {
  throw new Error(`your turn: the scale for ${n} inputs and a leak of ${leak}`)
}

/**
 * By how much to multiply each of `depth` residual branches, y = x + scale · f(x), if f keeps the mean square and all branches are
 * independent of each other: at the end the mean square shall be e = 2.718… times that at the beginning, or a little less.
 */
export function branchScale(depth) {
  throw new Error(`your turn: the scale for ${depth} branches`)
}
