import fc from 'fast-check'
import { it } from 'vitest'
import type { Lanes } from '../../src/tensor/wasm/lanes.js'
import * as norm from '../../src/tensor/wasm/ops/norm.js'
import { check, expectClose, onEachRuntime, paddedTo, randomLanes, randomValues, seeds, shapes } from './kit.js'

const eps = 1e-5

/** Mean and biased variance of each channel. */
function statistics(x: Float32Array, { C, P, N, Np }: Lanes): { mean: number[]; variance: number[] } {
  const channels = Array.from({ length: C }, (_, c) =>
    Array.from(x.subarray(c * P * Np, (c + 1) * P * Np)).filter((_, i) => i % Np < N),
  )
  const mean = channels.map((values) => values.reduce((a, b) => a + b, 0) / values.length)
  const variance = channels.map((values, c) => values.reduce((a, b) => a + (b - mean[c]!) ** 2, 0) / values.length)
  return { mean, variance }
}

/** A case: data and what is switched on. */
function makeCase(shape: Lanes, seed: number, options: { relu: boolean; residual: boolean; affine: boolean }) {
  const { C, P } = shape
  return {
    shape,
    ...options,
    x: randomLanes(C * P, shape, seed, 2, 1),
    r: randomLanes(C * P, shape, seed + 1),
    dy: randomLanes(C * P, shape, seed + 2),
    weight: randomValues(C, seed + 4, 0.5, 1),
    bias: randomValues(C, seed + 5),
    runningMean: randomValues(C, seed + 6),
    runningVar: randomValues(C, seed + 7).map((v) => Math.abs(v) + 0.5),
  }
}

type Case = ReturnType<typeof makeCase>

/** Forward and backward in double precision, with the given statistics. `passes`: where relu lets the gradient through. */
function reference(
  test: Case,
  mean: ArrayLike<number>,
  variance: ArrayLike<number>,
  training: boolean,
  passes: (i: number) => boolean = () => true,
) {
  const { C, P, N, Np } = test.shape
  const y = new Float64Array(test.x.length)
  const g = new Float64Array(y.length)
  const dx = new Float64Array(y.length)
  const rstd = Array.from({ length: C }, (_, c) => 1 / Math.sqrt(variance[c]! + eps))
  const [dweight, dbias] = [new Float64Array(C), new Float64Array(C)]
  const weight = (c: number) => (test.affine ? test.weight[c]! : 1)
  const each = (visit: (i: number, c: number, xhat: number) => void) => {
    for (let i = 0; i < y.length; i++) {
      const c = Math.floor(i / (P * Np))
      if (i % Np < N) visit(i, c, (test.x[i]! - mean[c]!) * rstd[c]!)
    }
  }
  each((i, c, xhat) => {
    const value = xhat * weight(c) + (test.affine ? test.bias[c]! : 0) + (test.residual ? test.r[i]! : 0)
    y[i] = test.relu ? Math.max(value, 0) : value
    g[i] = test.relu && !passes(i) ? 0 : test.dy[i]!
    dbias[c]! += g[i]!
    dweight[c]! += g[i]! * xhat
  })
  each((i, c, xhat) => {
    const through = training ? g[i]! - (dbias[c]! + xhat * dweight[c]!) / (P * N) : g[i]!
    dx[i] = weight(c) * rstd[c]! * through
  })
  return { y, g, dx, rstd, dweight, dbias }
}

const casesOf = (lanes: number) =>
  fc
    .tuple(shapes(lanes), seeds, fc.boolean(), fc.boolean(), fc.boolean())
    .map(([shape, seed, relu, residual, affine]) => makeCase(shape, seed, { relu, residual, affine }))

/** Channels large enough to be cut into parts for the threads. */
const largeCasesOf = (lanes: number) =>
  fc
    .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 17, max: 20 }), seeds, fc.boolean(), fc.boolean())
    .map(([C, N, seed, relu, residual]) =>
      makeCase({ C, P: 300, N, Np: paddedTo(lanes, N) }, seed, { relu, residual, affine: true }),
    )

onEachRuntime('batch normalization', (run, lanes) => {
  const cases = casesOf(lanes)

  const testTraining = (test: Case) => {
    const { shape } = test
    const { C, P, N } = shape
    const { mean, variance } = statistics(test.x, shape)
    const expected = reference(test, mean, variance, true)
    const size = test.x.length
    run((arrays, rt) => {
      const x = arrays.put(test.x)
      const affine = test.affine ? { weight: arrays.put(test.weight), bias: arrays.put(test.bias) } : {}
      const saved = { mean: arrays.room(C), rstd: arrays.room(C) }
      const running = { runningMean: arrays.put(test.runningMean), runningVar: arrays.put(test.runningVar) }
      const y = arrays.room(size)
      const residual = test.residual ? { residual: arrays.put(test.r) } : {}
      const relu = { relu: test.relu }
      const options = { ...affine, ...relu, ...residual, ...saved }
      norm.bnTrainForward(rt, shape, { ...options, ...running, x, y, eps, momentum: 0.1 })
      expectClose(arrays.get(y, size), expected.y, 2e-6 * Math.max(1, ...expected.rstd))
      expectClose(arrays.get(saved.mean, C), mean)
      expectClose(arrays.get(saved.rstd, C), expected.rstd)
      const n = P * N
      const follow = (old: number, value: number) => 0.9 * old + 0.1 * value
      expectClose(
        arrays.get(running.runningMean, C),
        mean.map((m, c) => follow(test.runningMean[c]!, m)),
      )
      expectClose(
        arrays.get(running.runningVar, C),
        variance.map((v, c) => follow(test.runningVar[c]!, (v * n) / Math.max(1, n - 1))),
      )
      if (n === 1) return
      const output = arrays.get(y, size)
      const gradients = reference(test, mean, variance, true, (i) => output[i]! > 0)
      testBackward(arrays, test, gradients, { ...affine, ...relu, ...saved, x, y }, true)
    })
  }

  const testBackward = (
    arrays: Parameters<Parameters<typeof run>[0]>[0],
    test: Case,
    expected: ReturnType<typeof reference>,
    saved: Omit<norm.BnBackward, 'dx' | 'dy' | 'dweight' | 'dbias' | 'training'> & { y: number },
    training: boolean,
  ) => {
    const { C } = test.shape
    const size = test.x.length
    const [dx, dweight, dbias, dResidual] = [arrays.room(size), arrays.room(C), arrays.room(C), arrays.room(size)]
    const { y, ...others } = saved
    const withResidual = test.residual && test.relu
    const common = { ...others, ...(withResidual ? { y } : {}), dy: arrays.put(test.dy), dweight, dbias, training }
    norm.bnBackward(arrays.rt, test.shape, { ...common, dx, ...(withResidual ? { dResidual } : {}) })
    // errors are relative to the terms, which may cancel
    const scale = Math.max(1, ...expected.rstd)
    const terms = Math.sqrt(test.shape.P * test.shape.N)
    expectClose(arrays.get(dx, size), expected.dx, 4e-6 * scale, 1)
    expectClose(arrays.get(dbias, C), expected.dbias, 2e-6, terms)
    expectClose(arrays.get(dweight, C), expected.dweight, 4e-6 * scale, terms)
    if (withResidual) expectClose(arrays.get(dResidual, size), expected.g, 0)
    // In place: dResidual, where there is one, and otherwise dx may be dy.
    norm.bnBackward(arrays.rt, test.shape, {
      ...common,
      ...(withResidual ? { dx, dResidual: common.dy } : { dx: common.dy }),
    })
    if (withResidual) expectClose(arrays.get(common.dy, size), expected.g, 0)
    expectClose(arrays.get(withResidual ? dx : common.dy, size), expected.dx, 4e-6 * scale, 1)
  }

  it('training, small channels', () => check(cases, testTraining))
  it('training, channels cut into parts', () => check(largeCasesOf(lanes), testTraining))

  it('evaluation', () => {
    check(cases, (test) => {
      const { shape } = test
      const size = test.x.length
      const expected = reference(test, test.runningMean, test.runningVar, false)
      run(
        (arrays, rt) => {
          const affine = test.affine ? { weight: arrays.put(test.weight), bias: arrays.put(test.bias) } : {}
          const [x, y, rstd] = [arrays.put(test.x), arrays.room(size), arrays.room(shape.C)]
          const [mean, variance] = [arrays.put(test.runningMean), arrays.put(test.runningVar)]
          const residual = test.residual ? { residual: arrays.put(test.r) } : {}
          const relu = { relu: test.relu }
          norm.bnApply(rt, shape, { ...affine, ...residual, ...relu, x, y, rstd, mean, variance, eps })
          expectClose(arrays.get(y, size), expected.y, 2e-6)
          expectClose(arrays.get(rstd, shape.C), expected.rstd)
          const output = arrays.get(y, size)
          const gradients = reference(test, test.runningMean, test.runningVar, false, (i) => output[i]! > 0)
          testBackward(arrays, test, gradients, { ...affine, ...relu, mean, rstd, x, y }, false)
        },
        'bnApply',
        'bnBackward',
      )
    })
  })

  it('statistics alone, far from zero', () => {
    check(fc.tuple(shapes(lanes), seeds), ([shape, seed]) => {
      const x = randomLanes(shape.C * shape.P, shape, seed, 0.1, 1000)
      const { mean, variance } = statistics(x, shape)
      run((arrays, rt) => {
        const [m, v] = [arrays.room(shape.C), arrays.room(shape.C)]
        norm.bnStats(rt, shape, arrays.put(x), m, v)
        expectClose(arrays.get(m, shape.C), mean, 1e-7)
        expectClose(arrays.get(v, shape.C), variance, 1e-4)
      }, 'bnPartialSums')
    })
  })
})
