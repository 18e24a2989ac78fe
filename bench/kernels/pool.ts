/** Pooling: 2 × 2 with stride 2, 3 × 3 with stride 2, whole planes. */
import * as pool from '../../src/tensor/wasm/kernels/pool.js'
import { noise, table } from './timing.js'

await table((rt, { C, P, N }) => {
  const side = Math.sqrt(P)
  const n = C * P * N
  const [x, y, dx] = [noise(rt, n), noise(rt, n), noise(rt, n)]
  const index = rt.heap.allocate(n)
  const shape = (options: pool.PoolOptions): pool.PoolShape => {
    const windows = pool.slidingWindows(side, options)
    return { C, Np: N, rows: windows, columns: windows }
  }
  const two = shape({ kernel: 2 })
  const three = shape({ kernel: 3, stride: 2, padding: 1 })
  const plane = { C, P, N, Np: N }
  // the index is one byte for each float of the output, a quarter of the input
  return [
    { name: 'max 2', bytes: 5.25 * n, run: () => pool.maxPool(rt, y, index, x, two) },
    { name: 'max 2 backward', bytes: 5.25 * n, run: () => pool.maxPoolBackward(rt, dx, y, index, two) },
    { name: 'max 3/2', bytes: 5.25 * n, run: () => pool.maxPool(rt, y, index, x, three) },
    { name: 'max 3/2 backward', bytes: 5.25 * n, run: () => pool.maxPoolBackward(rt, dx, y, index, three) },
    { name: 'average 2', bytes: 5 * n, run: () => pool.averagePool(rt, y, x, two) },
    { name: 'average 2 backward', bytes: 5 * n, run: () => pool.averagePoolBackward(rt, dx, y, two) },
    { name: 'global', bytes: 4 * n, run: () => pool.globalAveragePool(rt, y, x, plane) },
    { name: 'global backward', bytes: 4 * n, run: () => pool.globalAveragePoolBackward(rt, dx, y, plane) },
  ]
})
