// Exercise 10: what a convolution costs. Check it by `node examples/learn/exercises/check.mjs 10`.

/**
 * Of a convolution of c channels to k, with kernels of r × r, on an image of height × width:
 * the size of the maps that come out, how many weights it has (with a bias where there is one), how many multiply-adds, as the
 * lesson counts them, and how many numbers are moved if each input, weight and output is touched once.
 * @returns {{ size: [number, number], weights: number, products: number, moved: number }}
 */
export function cost({ c, k, r, height, width, stride, padding, dilation, groups, bias }) {
  throw new Error(`your turn: count, for ${[c, k, r, height, width, stride, padding, dilation, groups, bias]}`)
}
