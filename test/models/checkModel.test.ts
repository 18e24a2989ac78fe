import { expect, test } from 'vitest'
import { checkModel } from '../../src/models/checkModel.js'

test('a sample of a model begins no tensor when its time is over, and says how many there are', () => {
  const seen: number[] = []
  const { rows, tensors } = checkModel('ghost-resnet20', { seconds: 0, onProgress: (done) => seen.push(done) })
  expect(rows.map(({ input }) => input)).toEqual(['images'])
  expect(rows[0]!.worstError).toBeLessThan(1e-6)
  expect(tensors).toBe(114)
  expect(seen).toEqual([1])
})

test('a longer sample has more of them, in the order of the model', () => {
  const { rows } = checkModel('ghost-resnet20', { seconds: 1 })
  const inputs = rows.map(({ input }) => input)
  expect(inputs[0]).toBe('images')
  expect(inputs.length).toBeGreaterThan(1)
  const stages = inputs.slice(1).map((name) => Number(/^layer(\d)/.exec(name)?.[1] ?? (name.startsWith('fc') ? 9 : 0)))
  expect(stages).toEqual(stages.toSorted((a, b) => a - b))
})
