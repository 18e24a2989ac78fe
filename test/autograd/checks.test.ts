import { describe, expect, test } from 'vitest'
import { opChecks } from '../../src/autograd/checks.js'
import * as F from '../../src/autograd/functional.js'
import { defineOp } from '../../src/autograd/op.js'
import { type Check, runChecks } from '../../src/autograd/runChecks.js'
import { layerChecks } from '../../src/nn/checks.js'
import * as nn from '../../src/nn/index.js'
import { tensor } from '../../src/tensor/create.js'
import { elementwiseNames } from '../../src/tensor/elementwise.js'

const all = [...opChecks, ...layerChecks]

test('every operation has a check', () => {
  expect(new Set(opChecks.map(({ subject }) => subject))).toEqual(new Set([...Object.keys(F), ...elementwiseNames]))
})

test('every layer has a check', () => {
  const layers = Object.entries(nn).filter(
    ([, value]) => typeof value === 'function' && value.prototype instanceof nn.Module,
  )
  expect(new Set(layerChecks.map(({ subject }) => subject))).toEqual(new Set(layers.map(([name]) => name)))
})

test('no two checks have one name', () => {
  expect(new Set(all.map(({ name }) => name)).size).toBe(all.length)
})

describe('every rule agrees with central differences', () => {
  test.each(all.map((check) => [check.name, check] as const))('%s', (_, check) => {
    const [row] = runChecks([check])
    expect(row!.worstError).toBeLessThan(1e-6)
    expect(Object.keys(row!.rules)).not.toEqual([])
  })
})

/** 3x, with a gradient that is wrong in one element of the second input. */
const wrong: Check = {
  subject: 'wrong',
  name: 'wrong: on purpose',
  make: () => ({
    inputs: [tensor([1, 2], { requiresGrad: true }), tensor([[1], [2]], { requiresGrad: true })],
    names: ['x', 'weight'],
    fn: (x, weight) => wrongOp([x!, weight!]),
  }),
}
const wrongOp = defineOp({
  name: 'wrongOp',
  rule: 'da = dy, db = 2dy',
  forward: ([a, b], _: void, { backend }) => ({ out: backend.binary('add', a!, b!), saved: null }),
  backward: (dy, _, { backend }) => [dy, backend.binary('mul', dy, backend.fromValues([1, 2], [2, 1]))],
})

test('a row says which input is worst and where, with both derivatives and the rules that ran', () => {
  const [row] = runChecks([wrong])
  expect(row).toMatchObject({ name: 'wrong: on purpose', input: 'weight', index: [1, 0] })
  expect(row!.analytic / row!.numeric).toBeCloseTo(2, 8)
  expect(row!.worstError).toBeCloseTo(0.5, 8)
  expect(row!.rules).toEqual({ wrongOp: 'da = dy, db = 2dy' })
})
