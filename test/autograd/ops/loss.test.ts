import { describe, expect, test } from 'vitest'
import { crossEntropy, logSoftmax, mseLoss, softmax } from '../../../src/autograd/functional.js'
import { tensor, zeros } from '../../../src/tensor/create.js'
import { GhostgradError, ShapeError } from '../../../src/tensor/errors.js'
import { onEachBackend } from '../../support/backends.js'
import { expectArray, expectOp } from '../../support/handWorked.js'

/** With these logits the probabilities are 1/4 and 3/4. */
const quarters = [0, Math.log(3)]
const [ln4, ln43] = [Math.log(4), Math.log(4 / 3)]

onEachBackend(() => {
  test('softmax', () => {
    expectOp((x) => softmax(x!), {
      inputs: [[quarters]],
      y: [[0.25, 0.75]],
      dy: [[1, 0]],
      gradients: [[[0.1875, -0.1875]]],
    })
    expectOp((x) => softmax(x!, 0), {
      inputs: [
        [
          [0, 5],
          [Math.log(3), 5],
        ],
      ],
      y: [
        [0.25, 0.5],
        [0.75, 0.5],
      ],
      dy: [
        [1, 0],
        [0, 1],
      ],
      gradients: [
        [
          [0.1875, -0.25],
          [-0.1875, 0.25],
        ],
      ],
    })
  })

  test('logSoftmax', () => {
    expectOp((x) => logSoftmax(x!), {
      inputs: [[quarters]],
      y: [[-ln4, -ln43]],
      dy: [[1, 0]],
      gradients: [[[0.75, -0.75]]],
    })
  })

  test('large logits do not overflow', () => {
    expectArray(
      softmax(
        tensor([
          [1000, 1000],
          [-1000, 1000],
        ]),
      ),
      [
        [0.5, 0.5],
        [0, 1],
      ],
      'softmax',
    )
    expectArray(logSoftmax(tensor([[1000, 0]])), [[0, -1000]], 'logSoftmax')
    expectArray(crossEntropy(tensor([[1000, 0]]), [1]), 1000, 'crossEntropy')
  })

  test('crossEntropy, the mean over images', () => {
    expectOp((x) => crossEntropy(x!, [1, 0]), {
      inputs: [[quarters, quarters]],
      y: (ln43 + ln4) / 2,
      dy: 2,
      gradients: [
        [
          [0.25, -0.25],
          [-0.75, 0.75],
        ],
      ],
    })
  })

  test('label smoothing spreads its share over all classes', () => {
    expectOp((x) => crossEntropy(x!, [1], { labelSmoothing: 0.2 }), {
      inputs: [[quarters]],
      y: 0.1 * ln4 + 0.9 * ln43,
      dy: 1,
      gradients: [[[0.15, -0.15]]],
    })
  })

  test('mseLoss', () => {
    expectOp(mseLoss, {
      inputs: [
        [1, 2],
        [3, 5],
      ],
      y: 6.5,
      dy: 1,
      gradients: [
        [-2, -3],
        [2, 3],
      ],
    })
  })
})

describe('arguments that do not fit', () => {
  const refused = (fn: () => unknown, error: Error) => expect(fn).toThrow(error)

  test('crossEntropy', () => {
    const logits = zeros([2, 3])
    const shapes = 'crossEntropy: expected logits (N, K) and N labels, got'
    refused(() => crossEntropy(logits, [0]), new ShapeError(`${shapes} (2, 3) and 1 labels`))
    refused(() => crossEntropy(zeros([3]), [0, 1, 2]), new ShapeError(`${shapes} (3,) and 3 labels`))
    for (const label of [3, -1, 0.5, Number.NaN]) {
      const message = `crossEntropy: expected whole labels from 0 to 2, got ${label} (image 1)`
      refused(() => crossEntropy(logits, [0, label]), new GhostgradError(message))
    }
    refused(
      () => crossEntropy(logits, [0, 1], { labelSmoothing: 1.5 }),
      new GhostgradError('crossEntropy: expected labelSmoothing from 0 to 1, got 1.5'),
    )
  })

  test('softmax and logSoftmax', () => {
    refused(() => softmax(zeros([2]), 1), new ShapeError('softmax: expected an axis from -1 to 0, got 1'))
    refused(() => logSoftmax(zeros([2]), 1), new ShapeError('logSoftmax: expected an axis from -1 to 0, got 1'))
  })

  test('mseLoss does not broadcast', () => {
    refused(
      () => mseLoss(zeros([2]), zeros([2, 1])),
      new ShapeError('mseLoss: expected equal shapes, got (2,) and (2, 1)'),
    )
  })
})
