/** Copies between arrays whose elements do not lie side by side: slices, padding, concatenation, permutation, subsampling. */
import { int, ptr, share } from './call'

/**
 * y[i·s] (+)= x[i·t] for all four-dimensional indexes i. Arguments: y, x, four sizes, four strides s of y, four strides t of
 * x (in floats, of any sign), accumulate. A stride of 0 in x repeats it.
 */
export function stridedCopy(thread: i32, threads: i32): void {
  const size1 = int(3)
  const size2 = int(4)
  const rows = int(2) * size1 * size2
  const end = share(rows, thread + 1, threads)
  const contiguous = int(9) == 1 && int(13) == 1
  for (let row = share(rows, thread, threads); row < end; row++) {
    const k = row % size2
    const j = (row / size2) % size1
    const i = row / (size2 * size1)
    const y = ptr(0) + ((i * int(6) + j * int(7) + k * int(8)) << 2)
    const x = ptr(1) + ((i * int(10) + j * int(11) + k * int(12)) << 2)
    if (contiguous) copyRow(y, x, int(5), int(14) != 0)
    else copySpread(y, x, int(5), int(9) << 2, int(13) << 2, int(14) != 0)
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

/**
 * y (C, ⌈H/s⌉, ⌈W/s⌉, Np) = x[:, ::s, ::s] of x (C, H, W, Np). Arguments: y, x, C, H, W, Np, s.
 */
export function subsample(thread: i32, threads: i32): void {
  const H = int(3)
  const W = int(4)
  const stride = int(6)
  const rowBytes = <usize>int(5) << 2
  const outH = (H + stride - 1) / stride
  const outW = (W + stride - 1) / stride
  const end = share(int(2) * outH, thread + 1, threads)
  for (let row = share(int(2) * outH, thread, threads); row < end; row++) {
    const source = (row / outH) * H + (row % outH) * stride
    let y = ptr(0) + <usize>(row * outW) * rowBytes
    let x = ptr(1) + <usize>(source * W) * rowBytes
    for (let i = 0; i < outW; i++, y += rowBytes, x += <usize>stride * rowBytes) memory.copy(y, x, rowBytes)
  }
}

/**
 * The adjoint: y (C, H, W, Np) = x (C, ⌈H/s⌉, ⌈W/s⌉, Np) at every s-th place of every s-th row, zero elsewhere.
 * Arguments: y, x, C, H, W, Np, s.
 */
export function subsampleBackward(thread: i32, threads: i32): void {
  const H = int(3)
  const W = int(4)
  const stride = int(6)
  const rowBytes = <usize>int(5) << 2
  const outH = (H + stride - 1) / stride
  const outW = (W + stride - 1) / stride
  const end = share(int(2) * H, thread + 1, threads)
  for (let row = share(int(2) * H, thread, threads); row < end; row++) {
    const h = row % H
    let y = ptr(0) + <usize>(row * W) * rowBytes
    memory.fill(y, 0, <usize>W * rowBytes)
    if (h % stride != 0) continue
    let x = ptr(1) + <usize>(((row / H) * outH + h / stride) * outW) * rowBytes
    for (let i = 0; i < outW; i++, x += rowBytes, y += <usize>stride * rowBytes) memory.copy(y, x, rowBytes)
  }
}
