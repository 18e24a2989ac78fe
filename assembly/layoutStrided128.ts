/** Copies between arrays whose elements do not lie side by side: slices, padding, concatenation, permutation. */
import { share } from './call'

/**
 * y[i·s] (+)= x[i·t] for all four-dimensional indexes i, of the four sizes, with strides s of y and t of x in floats, of any
 * sign. A stride of 0 in x repeats it.
 */
export function stridedCopy(
  thread: i32, threads: i32, y: usize, x: usize, size0: i32, size1: i32, size2: i32, size3: i32, y0: i32, y1: i32, y2: i32,
  y3: i32, x0: i32, x1: i32, x2: i32, x3: i32, accumulate: bool,
): void {
  const rows = size0 * size1 * size2
  const end = share(rows, thread + 1, threads)
  for (let row = share(rows, thread, threads); row < end; row++) {
    const k = row % size2
    const j = (row / size2) % size1
    const i = row / (size2 * size1)
    const to = y + ((i * y0 + j * y1 + k * y2) << 2)
    const from = x + ((i * x0 + j * x1 + k * x2) << 2)
    if (y3 == 1 && x3 == 1) copyRow(to, from, size3, accumulate)
    else copySpread(to, from, size3, y3 << 2, x3 << 2, accumulate)
  }
}

/** y (+)= x, n floats side by side */
@inline
function copyRow(y: usize, x: usize, n: i32, accumulate: bool): void {
  if (!accumulate) {
    memory.copy(y, x, <usize>n << 2)
    return
  }
  const end = y + (<usize>n << 2)
  for (; y + 16 <= end; y += 16, x += 16) v128.store(y, f32x4.add(v128.load(y), v128.load(x)))
  for (; y < end; y += 4, x += 4) store<f32>(y, load<f32>(y) + load<f32>(x))
}

/** y (+)= x, n floats that lie `stepY` and `stepX` bytes apart */
@inline
function copySpread(y: usize, x: usize, n: i32, stepY: i32, stepX: i32, accumulate: bool): void {
  for (let i = 0; i < n; i++, y += stepY, x += stepX) {
    const value = load<f32>(x)
    store<f32>(y, accumulate ? load<f32>(y) + value : value)
  }
}
