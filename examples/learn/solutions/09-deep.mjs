// A solution of exercise 9.

export function weightScale(n, leak) {
  // Half of the numbers keep their square, the other half leak² of it.
  return Math.sqrt(2 / ((1 + leak ** 2) * n))
}

export function branchScale(depth) {
  // Each branch multiplies the mean square by 1 + scale²; (1 + 1 / depth) to the power depth comes near e from below.
  return 1 / Math.sqrt(depth)
}
