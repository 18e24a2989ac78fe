/** Batch normalization with relu: training forward and backward, without and with a residual. */
import { bnBackward, bnTrainForward } from '../../src/tensor/wasm/kernels/norm.js'
import { noise, table } from './timing.js'

await table((rt, { C, P, N }) => {
  const shape = { C, P, N, Np: N }
  const n = C * P * N
  const [x, y, z, dy, dx, residual, dResidual] = Array.from({ length: 7 }, () => noise(rt, n)) as [
    ...[number, number, number, number, number, number, number],
  ]
  const [weight, bias, mean, rstd, dweight, dbias] = Array.from({ length: 6 }, () => noise(rt, C)) as [
    ...[number, number, number, number, number, number],
  ]
  const common = { weight, bias, mean, rstd, relu: true }
  const forward = { ...common, x, eps: 1e-5 }
  const backward = { ...common, x, dy, dx, dweight, dbias }
  return [
    { name: 'forward', bytes: 12 * n, run: () => bnTrainForward(rt, shape, { ...forward, y }) },
    { name: 'backward', bytes: 20 * n, run: () => bnBackward(rt, shape, backward) },
    {
      name: 'forward + residual',
      bytes: 16 * n,
      run: () => bnTrainForward(rt, shape, { ...forward, y: z, residual }),
    },
    {
      name: 'backward + residual',
      bytes: 32 * n,
      run: () => bnBackward(rt, shape, { ...backward, y: z, dResidual }),
    },
  ]
})
