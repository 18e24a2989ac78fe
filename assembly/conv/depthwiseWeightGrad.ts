import { int, ptr, share } from '../call'
import { fma, sumLanes } from '../simd'

/**
 * Weight gradient of a depthwise convolution: dw[k][r][s] = Σ dy[k][i, j] · x[k / expand][i, j under tap (r, s)].
 * Arguments: x, dy, dw, K, lanes, height, width, output height and width, kernel height and width, expand; then for rows and
 * again for columns: stride, padding, dilation.
 */
export function depthwiseWeightGrad(thread: i32, threads: i32): void {
  const K = int(3), px = <usize>int(4) << 2
  const height = int(5), width = int(6), outHeight = int(7), outWidth = int(8)
  const kernelHeight = int(9), kernelWidth = int(10), expand = int(11)
  const stride = int(15)
  const plane = px * <usize>height * <usize>width, row = px * <usize>width
  const outRow = px * <usize>outWidth, outPlane = outRow * <usize>outHeight
  const end = share(K, thread + 1, threads)
  for (let k = share(K, thread, threads); k < end; k++) {
    const x = ptr(0) + <usize>(k / expand) * plane
    const dy = ptr(1) + <usize>k * outPlane
    let dw = ptr(2) + (<usize>(k * kernelHeight * kernelWidth) << 2)
    for (let r = 0; r < kernelHeight; r++) {
      for (let s = 0; s < kernelWidth; s++, dw += 4) {
        const offset = s * int(17) - int(16)
        // Outputs from `from` to `to` have this tap inside the row.
        const from = max(0, (stride - 1 - offset) / stride)
        const to = min(outWidth, (width - 1 - offset + stride) / stride)
        let sum = f32x4.splat(0)
        for (let i = 0; i < outHeight; i++) {
          const h = i * int(12) + r * int(14) - int(13)
          if (<u32>h >= <u32>height || to <= from) continue
          let d = dy + <usize>i * outRow + <usize>from * px
          let p = x + <usize>h * row + <usize>(from * stride + offset) * px
          if (stride == 1) {
            sum = f32x4.add(sum, dot(d, p, <usize>(to - from) * px))
          } else {
            for (let j = from; j < to; j++, d += px, p += px * <usize>stride) sum = f32x4.add(sum, dot(d, p, px))
          }
        }
        store<f32>(dw, sumLanes(sum))
      }
    }
  }
}

/** Four sums of products of `bytes` bytes at `a` and `b`. */
function dot(a: usize, b: usize, bytes: usize): v128 {
  let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0
  const end = a + bytes
  for (; a + 64 <= end; a += 64, b += 64) {
    s0 = fma(v128.load(a), v128.load(b), s0)
    s1 = fma(v128.load(a, 16), v128.load(b, 16), s1)
    s2 = fma(v128.load(a, 32), v128.load(b, 32), s2)
    s3 = fma(v128.load(a, 48), v128.load(b, 48), s3)
  }
  for (; a < end; a += 16, b += 16) s0 = fma(v128.load(a), v128.load(b), s0)
  return f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3))
}
