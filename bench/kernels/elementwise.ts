/** Flat kernels. */
import * as elementwise from '../../src/tensor/wasm/kernels/elementwise.js'
import { copy, fromLanes, toLanes } from '../../src/tensor/wasm/kernels/layout.js'
import { sumChannel, sumOfSquares } from '../../src/tensor/wasm/kernels/reduce.js'
import { noise, table } from './timing.js'

await table((rt, { C, P, N }) => {
  const n = C * P * N
  const [a, b, y] = [noise(rt, n), noise(rt, n), noise(rt, n)]
  const shape = { C, P, N, Np: N }
  const channels = noise(rt, C)
  return [
    { name: 'copy', bytes: 8 * n, run: () => copy(rt, y, a, n) },
    { name: 'relu', bytes: 8 * n, run: () => elementwise.relu(rt, y, a, n) },
    { name: 'add', bytes: 12 * n, run: () => elementwise.add(rt, y, a, b, n) },
    { name: 'accumulate', bytes: 12 * n, run: () => elementwise.accumulate(rt, y, a, n) },
    { name: 'sigmoid', bytes: 8 * n, run: () => elementwise.sigmoid(rt, y, a, n) },
    { name: 'toLanes', bytes: 8 * n, run: () => toLanes(rt, y, a, shape) },
    { name: 'fromLanes', bytes: 8 * n, run: () => fromLanes(rt, y, a, shape) },
    { name: 'sumOfSquares', bytes: 4 * n, run: () => void sumOfSquares(rt, a, n) },
    { name: 'sumChannel', bytes: 4 * n, run: () => sumChannel(rt, channels, a, shape) },
  ]
})
