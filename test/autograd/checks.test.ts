import { describe, expect, test } from 'vitest'
import { checks, runChecks } from '../../src/autograd/checks.js'
import * as F from '../../src/autograd/functional.js'

test('every operation has a check', () => {
  expect(new Set(checks.map(({ op }) => op))).toEqual(new Set(Object.keys(F)))
})

test('no two checks have one name', () => {
  expect(new Set(checks.map(({ name }) => name)).size).toBe(checks.length)
})

describe('every rule agrees with central differences', () => {
  test.each(checks.map(({ name }) => name))('%s', (name) => {
    const [row] = runChecks((check) => check.name === name)
    expect(row!.worstError).toBeLessThan(1e-6)
  })
})

test('rows come in the order of the table and say where their worst error is', () => {
  const rows = runChecks(({ op }) => op === 'matmul')
  expect(rows.map(({ name }) => name)).toEqual(['matmul', 'matmul: batched'])
  expect(rows[0]).toEqual({
    name: 'matmul',
    worstError: expect.any(Number),
    input: expect.any(Number),
    index: expect.any(Number),
  })
})
