import { type HostArray, zerosLike } from './hostArray.js'

/** y[m, n] = Σₖ a[m, k] · b[k, n], for each leading index; either operand may be stored transposed. */
export function matmul(a: HostArray, b: HostArray, transposeA: boolean, transposeB: boolean): HostArray {
  const [M, K] = transposeA ? [a.shape.at(-1)!, a.shape.at(-2)!] : [a.shape.at(-2)!, a.shape.at(-1)!]
  const N = transposeB ? b.shape.at(-2)! : b.shape.at(-1)!
  const lead = a.shape.slice(0, -2)
  const y = zerosLike(a, [...lead, M, N])
  const batches = y.size / (M * N || 1)
  const [am, ak] = transposeA ? [1, M] : [K, 1]
  const [bk, bn] = transposeB ? [1, K] : [N, 1]
  for (let batch = 0; batch < batches; batch++) {
    const a0 = batch * M * K
    const b0 = batch * K * N
    for (let m = 0; m < M; m++) {
      for (let n = 0; n < N; n++) {
        let sum = 0
        for (let k = 0; k < K; k++) sum += a.values[a0 + m * am + k * ak]! * b.values[b0 + k * bk + n * bn]!
        y.values[(batch * M + m) * N + n] = sum
      }
    }
  }
  return y
}
