import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Columns } from '../../src/serve/columns.js'
import { strideFor, thin } from '../../src/serve/thinned.js'

function filled(count: number) {
  const columns = new Columns(['step', 'loss'])
  for (let step = 1; step <= count; step++) columns.push({ step, loss: 1 / step })
  return columns
}

describe('thinning', () => {
  it('gives means of as many records as it has to, with the step of the last', () => {
    const columns = new Columns(['step', 'loss', 'accuracy'])
    for (const [step, loss] of [
      [10, 4],
      [20, 2],
      [30, 1],
      [40, null],
      [50, 7],
    ])
      columns.push({ step, loss })
    expect(thin(columns, ['step'], 2, 0)).toEqual({ step: [20, 40, 50], loss: [3, 1, 7], accuracy: [null, null, null] })
    expect(thin(columns, ['step'], 2, 2)).toEqual({ step: [50], loss: [7], accuracy: [null] })
  })

  it('leaves the points before as they were when records are added, as long as the stride is the same', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 600 }), fc.integer({ min: 0, max: 100 }), (count, more) => {
        const stride = strideFor(count + more, 50)
        expect(Math.ceil((count + more) / stride)).toBeLessThanOrEqual(50)
        const before = thin(filled(count), ['step'], stride, 0)
        const from = Math.floor(count / stride)
        const end = thin(filled(count + more), ['step'], stride, from)
        const whole = thin(filled(count + more), ['step'], stride, 0)
        expect([...before.loss.slice(0, from), ...end.loss]).toEqual(whole.loss)
        expect([...before.step.slice(0, from), ...end.step]).toEqual(whole.step)
      }),
      { numRuns: 50 },
    )
  })
})
