// Exercise 8: Winograd's F(4 × 4, 3 × 3). Check it by `node examples/learn/exercises/check.mjs 08`.

/** What is done to four + two inputs (6, 6), to a kernel (6, 3), and to the products (4, 6). */
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

/**
 * The 4 × 4 results of a 3 × 3 kernel on a tile of 6 × 6.
 * @param multiply multiplies an input's number with a kernel's, and counts: call it 36 times. Multiplying by the constants above is free.
 */
export function winograd(tile, kernel, multiply) {
  throw new Error(
    `your turn: ${tile.length} rows, ${kernel.length} of the kernel, and ${multiply.name} at most 36 times`,
  )
}
