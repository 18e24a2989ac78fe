// A solution of exercise 10.

export function cost({ c, k, r, height, width, stride, padding, dilation, groups, bias }) {
  const sizeOf = (length) => Math.floor((length + 2 * padding - dilation * (r - 1) - 1) / stride) + 1
  const size = [sizeOf(height), sizeOf(width)]
  const places = size[0] * size[1]
  const kernels = (k * c * r * r) / groups
  const weights = kernels + (bias ? k : 0)
  return { size, weights, products: kernels * places, moved: c * height * width + weights + k * places }
}
