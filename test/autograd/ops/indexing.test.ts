import { describe, expect, test } from 'vitest'
import { gather, indexSelect } from '../../../src/autograd/functional.js'
import { tensor } from '../../../src/tensor/create.js'
import { GhostgradError, ShapeError } from '../../../src/tensor/errors.js'
import { onEachBackend } from '../../support/backends.js'
import { expectArray, expectOp } from '../../support/handWorked.js'

const x = [
  [1, 2, 3],
  [4, 5, 6],
]

onEachBackend(() => {
  test('indexSelect: what occurs twice gets both gradients', () => {
    expectOp((a) => indexSelect(a!, 1, [2, 0, 2]), {
      inputs: [x],
      y: [
        [3, 1, 3],
        [6, 4, 6],
      ],
      dy: [
        [1, 2, 3],
        [4, 5, 6],
      ],
      gradients: [
        [
          [2, 0, 4],
          [5, 0, 10],
        ],
      ],
    })
  })

  test('indexSelect of whole rows, and of none', () => {
    expectArray(indexSelect(tensor(x), 0, [1]), [[4, 5, 6]], 'the second row')
    expect(indexSelect(tensor(x), 0, []).shape).toEqual([0, 3])
  })

  test('gather: a number for each place of the index', () => {
    expectOp(
      (a) =>
        gather(a!, 1, [
          [2, 2],
          [0, 1],
        ]),
      {
        inputs: [x],
        y: [
          [3, 3],
          [4, 5],
        ],
        dy: [
          [1, 2],
          [3, 4],
        ],
        gradients: [
          [
            [0, 0, 3],
            [3, 4, 0],
          ],
        ],
      },
    )
    expectArray(gather(tensor(x), 0, tensor([[1, 0]])), [[4, 2]], 'along the columns')
  })
})

describe('what does not fit', () => {
  test('an index beyond the axis', () => {
    const error = (op: string, got: string) =>
      new GhostgradError(`${op}: expected whole numbers from 0 to 2, got ${got}`)
    expect(() => indexSelect(tensor(x), 1, [0, 3])).toThrow(error('indexSelect', '3 (index 1)'))
    expect(() => gather(tensor(x), 1, [[-1]])).toThrow(error('gather', '-1 (index 0)'))
  })

  test('an index of another shape', () => {
    expect(() => gather(tensor(x), 1, [0])).toThrow(
      new ShapeError('gather: expected an index of as many axes as (2, 3), none longer but axis 1, got (1,)'),
    )
    expect(() => indexSelect(tensor(1), 0, [0, 0])).toThrow(
      new ShapeError('indexSelect: expected one index into a scalar, got 2'),
    )
  })
})
