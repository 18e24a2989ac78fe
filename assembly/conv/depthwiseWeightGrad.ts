import { scratch, share } from '../call'
import { fma, sumLanes, VECTOR, VECTOR_SHIFT } from '../simd'

/**
 * Weight gradient of a depthwise convolution: dw[k][r][s] = Σ dy[k][i, j] · x[k / expand][i, j under tap (r, s)].
 * With stride 1, a row of outputs is one run of products; inner outputs, which see all taps of a kernel row, serve three or
 * five taps at once.
 * @param lanes images of a block
 * @param expand output channels of an input channel
 * @param stride of the columns; padding and dilation likewise
 * @param blocks blocks of images
 */
export function depthwiseWeightGrad(
  thread: i32, threads: i32, x: usize, dy: usize, dw: usize, K: i32, lanes: i32, height: i32, width: i32, outHeight: i32,
  outWidth: i32, kernelHeight: i32, kernelWidth: i32, expand: i32, rowStride: i32, rowPadding: i32, rowDilation: i32,
  stride: i32, padding: i32, dilation: i32, blocks: i32,
): void {
  const px = <usize>lanes << 2
  const plane = px * <usize>height * <usize>width, row = px * <usize>width
  const outRow = px * <usize>outWidth, outPlane = outRow * <usize>outHeight
  // Outputs from `left` to `right` have all taps of a kernel row inside.
  const left = min(outWidth, (padding + stride - 1) / stride)
  const right = max(left, min(outWidth, (width - 1 + padding - (kernelWidth - 1) * dilation + stride) / stride))
  const together = kernelWidth == 3 || kernelWidth == 5
  const step = <usize>dilation * px
  const sums = scratch(thread)
  const end = share(K, thread + 1, threads)
  for (let k = share(K, thread, threads); k < end; k++) {
    const xPlane = x + <usize>(k / expand * blocks) * plane
    const dyPlane = dy + <usize>(k * blocks) * outPlane
    let to = dw + (<usize>(k * kernelHeight * kernelWidth) << 2)
    for (let r = 0; r < kernelHeight; r++, to += <usize>kernelWidth << 2) {
      for (let s = 0; s < kernelWidth; s++) v128.store(sums + (<usize>s << VECTOR_SHIFT), f32x4.splat(0))
      for (let line = 0; line < outHeight * blocks; line++) {
        const block = line / outHeight
        const h = (line - block * outHeight) * rowStride + r * rowDilation - rowPadding
        if (<u32>h >= <u32>height) continue
        const d = dyPlane + <usize>line * outRow
        const p = xPlane + <usize>block * plane + <usize>h * row
        if (together && right > left) {
          const inner = p + <usize>(left * stride - padding) * px
          const from = d + <usize>left * px
          if (stride == 1) addRun(sums, kernelWidth, from, inner, step, <usize>(right - left) * px, 1, 0, 0)
          else addRun(sums, kernelWidth, from, inner, step, px, right - left, px, <usize>stride * px)
          addBorder(sums, 0, left, d, p, px, stride, padding, dilation, kernelWidth, width)
          addBorder(sums, right, outWidth, d, p, px, stride, padding, dilation, kernelWidth, width)
        } else addBorder(sums, 0, outWidth, d, p, px, stride, padding, dilation, kernelWidth, width)
      }
      for (let s: usize = 0; s < <usize>kernelWidth; s++) store<f32>(to + (s << 2), sumLanes(v128.load(sums + (s << VECTOR_SHIFT))))
    }
  }
}

/** Outputs `from` to `to` of a row, each with those taps that lie inside. */
function addBorder(
  sums: usize, from: i32, to: i32, d: usize, p: usize, px: usize, stride: i32, padding: i32, dilation: i32, taps: i32, width: i32,
): void {
  for (let s = 0; s < taps; s++, sums += VECTOR) {
    const offset = s * dilation - padding
    const start = max(from, offset < 0 ? (stride - 1 - offset) / stride : 0)
    const inside = width - 1 - offset
    const end = inside < 0 ? 0 : min(to, inside / stride + 1)
    if (start >= end) continue
    let a = d + <usize>start * px, b = p + <usize>(start * stride + offset) * px
    if (stride == 1) addDot(sums, a, b, <usize>(end - start) * px)
    else for (let j = start; j < end; j++, a += px, b += <usize>stride * px) addDot(sums, a, b, px)
  }
}

/** Add products of `bytes` bytes at `a` and `b` to the sums at `sums`. */
function addDot(sums: usize, a: usize, b: usize, bytes: usize): void {
  let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0
  const end = a + bytes
  for (; a + 4 * VECTOR <= end; a += 4 * VECTOR, b += 4 * VECTOR) {
    s0 = fma(v128.load(a), v128.load(b), s0)
    s1 = fma(v128.load(a, VECTOR), v128.load(b, VECTOR), s1)
    s2 = fma(v128.load(a, 2 * VECTOR), v128.load(b, 2 * VECTOR), s2)
    s3 = fma(v128.load(a, 3 * VECTOR), v128.load(b, 3 * VECTOR), s3)
  }
  for (; a < end; a += VECTOR, b += VECTOR) s0 = fma(v128.load(a), v128.load(b), s0)
  v128.store(sums, f32x4.add(v128.load(sums), f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3))))
}

/**
 * Products of `bytes` bytes of dy at `d` with x at `p`, `p` + step, …, added to three or five sums; and the same for each of
 * `runs` such runs, dStep and pStep bytes apart.
 */
@inline
function addRun(
  sums: usize, taps: i32, d: usize, p: usize, step: usize, bytes: usize, runs: i32, dStep: usize, pStep: usize,
): void {
  if (taps == 3) addThree(sums, d, p, step, bytes, runs, dStep, pStep)
  else addFive(sums, d, p, step, bytes, runs, dStep, pStep)
}

function addThree(
  sums: usize, dFirst: usize, pFirst: usize, step: usize, bytes: usize, runs: i32, dStep: usize, pStep: usize,
): void {
  let a0 = f32x4.splat(0), a1 = a0, a2 = a0, b0 = a0, b1 = a0, b2 = a0
  for (; runs > 0; runs--, dFirst += dStep, pFirst += pStep) {
    let d = dFirst, p = pFirst
    const end = d + bytes
    for (; d + 2 * VECTOR <= end; d += 2 * VECTOR, p += 2 * VECTOR) {
      const q = p + step, r = q + step
      const d0 = v128.load(d), d1 = v128.load(d, VECTOR)
      a0 = fma(d0, v128.load(p), a0)
      a1 = fma(d0, v128.load(q), a1)
      a2 = fma(d0, v128.load(r), a2)
      b0 = fma(d1, v128.load(p, VECTOR), b0)
      b1 = fma(d1, v128.load(q, VECTOR), b1)
      b2 = fma(d1, v128.load(r, VECTOR), b2)
    }
    if (d < end) {
      const q = p + step, d0 = v128.load(d)
      a0 = fma(d0, v128.load(p), a0)
      a1 = fma(d0, v128.load(q), a1)
      a2 = fma(d0, v128.load(q + step), a2)
    }
  }
  v128.store(sums, f32x4.add(v128.load(sums), f32x4.add(a0, b0)))
  v128.store(sums, f32x4.add(v128.load(sums, VECTOR), f32x4.add(a1, b1)), VECTOR)
  v128.store(sums, f32x4.add(v128.load(sums, 2 * VECTOR), f32x4.add(a2, b2)), 2 * VECTOR)
}

function addFive(
  sums: usize, dFirst: usize, pFirst: usize, step: usize, bytes: usize, runs: i32, dStep: usize, pStep: usize,
): void {
  let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0, a4 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0, b4 = a0
  for (; runs > 0; runs--, dFirst += dStep, pFirst += pStep) {
    let d = dFirst, p = pFirst
    const end = d + bytes
    for (; d + 2 * VECTOR <= end; d += 2 * VECTOR, p += 2 * VECTOR) {
      const q = p + step, r = q + step, s = r + step, t = s + step
      const d0 = v128.load(d), d1 = v128.load(d, VECTOR)
      a0 = fma(d0, v128.load(p), a0)
      b0 = fma(d1, v128.load(p, VECTOR), b0)
      a1 = fma(d0, v128.load(q), a1)
      b1 = fma(d1, v128.load(q, VECTOR), b1)
      a2 = fma(d0, v128.load(r), a2)
      b2 = fma(d1, v128.load(r, VECTOR), b2)
      a3 = fma(d0, v128.load(s), a3)
      b3 = fma(d1, v128.load(s, VECTOR), b3)
      a4 = fma(d0, v128.load(t), a4)
      b4 = fma(d1, v128.load(t, VECTOR), b4)
    }
    if (d < end) {
      const q = p + step, r = q + step, s = r + step, d0 = v128.load(d)
      a0 = fma(d0, v128.load(p), a0)
      a1 = fma(d0, v128.load(q), a1)
      a2 = fma(d0, v128.load(r), a2)
      a3 = fma(d0, v128.load(s), a3)
      a4 = fma(d0, v128.load(s + step), a4)
    }
  }
  v128.store(sums, f32x4.add(v128.load(sums), f32x4.add(a0, b0)))
  v128.store(sums, f32x4.add(v128.load(sums, VECTOR), f32x4.add(a1, b1)), VECTOR)
  v128.store(sums, f32x4.add(v128.load(sums, 2 * VECTOR), f32x4.add(a2, b2)), 2 * VECTOR)
  v128.store(sums, f32x4.add(v128.load(sums, 3 * VECTOR), f32x4.add(a3, b3)), 3 * VECTOR)
  v128.store(sums, f32x4.add(v128.load(sums, 4 * VECTOR), f32x4.add(a4, b4)), 4 * VECTOR)
}
