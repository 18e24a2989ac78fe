import { expect, test } from 'vitest'
import * as F from '../../../src/autograd/functional.js'
import { tensor, zeros } from '../../../src/tensor/create.js'
import { ShapeError } from '../../../src/tensor/errors.js'
import { onEachBackend } from '../../support/backends.js'
import { expectArray, expectOp } from '../../support/handWorked.js'

const six = [
  [1, 2, 3],
  [4, 5, 6],
]
const refused = (fn: () => unknown, message: string) => expect(fn).toThrow(new ShapeError(message))

onEachBackend(() => {
  test('reshape and flatten', () => {
    const example = {
      inputs: [six],
      dy: [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
      gradients: [six],
    }
    expectOp((x) => F.reshape(x!, [3, -1]), {
      ...example,
      y: [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
    })
    const cube = [
      [
        [1, 2],
        [3, 4],
      ],
    ]
    expectOp((x) => F.flatten(x!), { inputs: [cube], y: [[1, 2, 3, 4]], dy: [[1, 2, 3, 4]], gradients: [cube] })
    expectOp((x) => F.flatten(x!, 0), { inputs: [cube], y: [1, 2, 3, 4], dy: [1, 2, 3, 4], gradients: [cube] })
    refused(() => F.reshape(zeros([2, 3]), [4]), 'reshape: (2, 3) with 6 elements cannot become (4,)')
  })

  test('permute and transpose', () => {
    const turned = {
      inputs: [six],
      y: [
        [1, 4],
        [2, 5],
        [3, 6],
      ],
      dy: [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
      gradients: [
        [
          [1, 3, 5],
          [2, 4, 6],
        ],
      ],
    }
    expectOp((x) => F.permute(x!, [1, 0]), turned)
    expectOp((x) => F.transpose(x!, 0, -1), turned)
    expectOp((x) => F.permute(x!, [2, 0, 1]), {
      inputs: [[[[1, 2, 3]], [[4, 5, 6]]]],
      y: [
        [[1], [4]],
        [[2], [5]],
        [[3], [6]],
      ],
      dy: [
        [[1], [2]],
        [[3], [4]],
        [[5], [6]],
      ],
      gradients: [[[[1, 3, 5]], [[2, 4, 6]]]],
    })
    for (const axes of [[0], [0, 0], [0, 1, 1]]) {
      refused(
        () => F.permute(zeros([2, 3]), axes),
        `permute: expected each of the 2 axes once, got (${axes.join(', ')})`,
      )
    }
    refused(() => F.transpose(zeros([2, 3]), 0, 2), 'transpose: expected an axis from -2 to 1, got 2')
  })

  test('expand', () => {
    expectOp((x) => F.expand(x!, [2, 2, 3]), {
      inputs: [[[1, 2, 3]]],
      y: [
        [
          [1, 2, 3],
          [1, 2, 3],
        ],
        [
          [1, 2, 3],
          [1, 2, 3],
        ],
      ],
      dy: [
        [
          [1, 1, 1],
          [2, 2, 2],
        ],
        [
          [3, 3, 3],
          [4, 4, 40],
        ],
      ],
      gradients: [[[10, 10, 46]]],
    })
    refused(() => F.expand(zeros([2, 3]), [1, 3]), 'expand: (2, 3) cannot be repeated to (1, 3)')
    refused(
      () => F.expand(zeros([2, 3]), [4, 3]),
      'expand: cannot broadcast (2, 3) with (4, 3): sizes 2 and 4 at axis -2 differ and neither is 1',
    )
  })

  test('concat', () => {
    expectOp((...xs) => F.concat(xs), {
      inputs: [[1, 2], [3], [4, 5]],
      y: [1, 2, 3, 4, 5],
      dy: [10, 20, 30, 40, 50],
      gradients: [[10, 20], [30], [40, 50]],
    })
    expectOp((...xs) => F.concat(xs, -1), {
      inputs: [
        [[1], [2]],
        [
          [3, 4],
          [5, 6],
        ],
      ],
      y: [
        [1, 3, 4],
        [2, 5, 6],
      ],
      dy: six,
      gradients: [
        [[1], [4]],
        [
          [2, 3],
          [5, 6],
        ],
      ],
    })
    expectOp((x) => F.concat([x!, x!]), {
      inputs: [[1, 2]],
      y: [1, 2, 1, 2],
      dy: [1, 2, 30, 40],
      gradients: [[31, 42]],
    })
    refused(() => F.concat([]), 'concat: expected at least one tensor, got none')
    refused(
      () => F.concat([zeros([2, 3]), zeros([2, 4])]),
      'concat: expected sizes equal except at axis 0, got (2, 3) and (2, 4)',
    )
    refused(
      () => F.concat([zeros([2]), zeros([2, 1])], 0),
      'concat: expected sizes equal except at axis 0, got (2,) and (2, 1)',
    )
  })

  test('concat of channels, as images lie in memory', () => {
    const image = (...channels: number[]) => channels.map((c) => [[c, c]])
    expectOp((...xs) => F.concat(xs, 1), {
      inputs: [
        [image(1), image(2)],
        [image(3, 4), image(5, 6)],
      ],
      y: [image(1, 3, 4), image(2, 5, 6)],
      dy: [image(1, 2, 3), image(4, 5, 6)],
      gradients: [
        [image(1), image(4)],
        [image(2, 3), image(5, 6)],
      ],
    })
  })

  test('slice', () => {
    expectOp((x) => F.slice(x!, [null, [1, 3]]), {
      inputs: [six],
      y: [
        [2, 3],
        [5, 6],
      ],
      dy: [
        [1, 2],
        [3, 4],
      ],
      gradients: [
        [
          [0, 1, 2],
          [0, 3, 4],
        ],
      ],
    })
    expectOp((x) => F.slice(x!, [[0, 5, 2]]), {
      inputs: [[1, 2, 3, 4]],
      y: [1, 3],
      dy: [5, 6],
      gradients: [[5, 0, 6, 0]],
    })
  })

  test('slice counts from the end and clips, as Python', () => {
    const x = tensor([1, 2, 3, 4, 5])
    expectArray(F.slice(x, [[-2]]), [4, 5], 'the last two')
    expectArray(F.slice(x, [[0, -1]]), [1, 2, 3, 4], 'all but the last')
    expectArray(F.slice(x, [[3, 99]]), [4, 5], 'beyond the end')
    expectArray(F.slice(x, [[-99, 2]]), [1, 2], 'before the start')
    expectArray(F.slice(x, [[1, undefined, 3]]), [2, 5], 'every third')
    expect(F.slice(x, [[4, 2]]).shape).toEqual([0])
  })

  test('slice refuses', () => {
    refused(() => F.slice(zeros([2]), [null, null]), 'slice: got 2 ranges for a tensor of shape (2,)')
    refused(() => F.slice(zeros([2]), [[0, 2, 0]]), 'slice: expected a positive whole step, got 0')
    refused(() => F.slice(zeros([2]), [[0.5, 2]]), 'slice: expected whole positions, got 0.5 to 2')
  })

  test('pad', () => {
    expectOp(
      (x) =>
        F.pad(
          x!,
          [
            [1, 0],
            [0, 2],
          ],
          9,
        ),
      {
        inputs: [[[1, 2]]],
        y: [
          [9, 9, 9, 9],
          [1, 2, 9, 9],
        ],
        dy: [
          [1, 2, 3, 4],
          [5, 6, 7, 8],
        ],
        gradients: [[[5, 6]]],
      },
    )
    const message = 'pad: expected 2 pairs of whole sizes for shape (2, 3), got'
    refused(() => F.pad(zeros([2, 3]), [[1, 1]]), `${message} [[1,1]]`)
    refused(
      () =>
        F.pad(zeros([2, 3]), [
          [1, 1],
          [0, -4],
        ]),
      `${message} [[1,1],[0,-4]]`,
    )
  })
  test('pad continues a tensor beyond its ends', () => {
    const padded = (mode: F.PadMode, y: number[], gradient: number[]) =>
      expectOp((x) => F.pad(x!, [[2, 1]], mode), {
        inputs: [[1, 2, 3]],
        y,
        dy: [1, 2, 3, 4, 5, 6],
        gradients: [gradient],
      })
    padded('reflect', [3, 2, 1, 2, 3, 2], [3, 12, 6])
    padded('replicate', [1, 1, 1, 2, 3, 3], [6, 4, 11])
    padded('circular', [2, 3, 1, 2, 3, 1], [9, 5, 7])
    refused(
      () => F.pad(zeros([3]), [[3, 0]], 'reflect'),
      'pad: "reflect" adds at most 2 places to axis 0 of (3,), got [3,0]',
    )
  })

  test('pad by negative numbers cuts off', () => {
    expectOp((x) => F.pad(x!, [[-1, 1]], 9), {
      inputs: [[1, 2, 3]],
      y: [2, 3, 9],
      dy: [1, 2, 3],
      gradients: [[0, 1, 2]],
    })
    expectArray(F.pad(tensor([1, 2, 3]), [[-1, 1]], 'circular'), [2, 3, 2], 'what is left comes round')
  })

  test('squeeze and unsqueeze', () => {
    expect(F.squeeze(zeros([1, 2, 1])).shape).toEqual([2])
    expect(F.squeeze(zeros([1, 2, 1]), [0, 1]).shape).toEqual([2, 1])
    expect(F.squeeze(zeros([]), 0).shape).toEqual([])
    expect(F.unsqueeze(zeros([2, 3]), -1).shape).toEqual([2, 3, 1])
    expectOp((x) => F.unsqueeze(x!, 0), { inputs: [[1, 2]], y: [[1, 2]], dy: [[3, 4]], gradients: [[3, 4]] })
  })

  test('stack, and split back', () => {
    expectOp((...xs) => F.stack(xs, 1), {
      inputs: [
        [1, 2],
        [3, 4],
      ],
      y: [
        [1, 3],
        [2, 4],
      ],
      dy: [
        [5, 6],
        [7, 8],
      ],
      gradients: [
        [5, 7],
        [6, 8],
      ],
    })
    const parts = F.split(tensor([1, 2, 3, 4, 5]), 2)
    expect(parts.map((x) => x.toArray())).toEqual([[1, 2], [3, 4], [5]])
    expect(F.split(zeros([2, 3]), [1, 2], 1).map(({ shape }) => shape)).toEqual([
      [2, 1],
      [2, 2],
    ])
    refused(() => F.stack([zeros([2]), zeros([3])]), 'stack: expected tensors of one shape, got (2,) and (3,)')
    refused(
      () => F.split(zeros([3]), [1, 1]),
      'split: expected a whole size above 0, or sizes that add up to the 3 of axis 0, got [1,1]',
    )
  })

  test('a scalar passes for a tensor of one axis', () => {
    const x = () => tensor(3)
    expect(F.flatten(x()).shape).toEqual([1])
    expect(F.transpose(x(), 0, -1).shape).toEqual([])
    for (const f of [F.sum, F.mean, F.max, F.logSumExp]) expect(f(x(), -1).toArray()).toBe(3)
    expect(F.softmax(x(), 0).toArray()).toBe(1)
  })

  test('expand keeps what is −1', () => {
    expect(F.expand(zeros([3, 1]), [2, -1, 4]).shape).toEqual([2, 3, 4])
    refused(() => F.expand(zeros([3]), [-1, 3]), 'expand: expected a shape of whole non-negative sizes, got (-1, 3)')
  })
})
