import { describe, expect, test } from 'vitest'
import { backward } from '../../../src/autograd/backward.js'
import {
  type CrossEntropyOptions,
  crossEntropy,
  logSoftmax,
  mseLoss,
  softmax,
} from '../../../src/autograd/functional.js'
import { tensor, zeros } from '../../../src/tensor/create.js'
import { GhostgradError, ShapeError } from '../../../src/tensor/errors.js'
import type { Tensor } from '../../../src/tensor/tensor.js'
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

  // torch.nn.functional.cross_entropy of these, and its gradients: PyTorch 1.13.
  const [w, labels] = [
    [1, 2, 0.5],
    [2, 1],
  ]
  const q = () => tensor([[0.7, 0.3, 0], [0, 0.25, 0.75]]) // biome-ignore format: matrices
  test.each<[string, () => [ArrayLike<number> | Tensor, CrossEntropyOptions], number, number[]]>([
    ...[
      ['weights', () => [labels, { weight: w }], 1.37099564, [0.07544172, 0.02272261, -0.09816433, 0.56657332, -0.62935144, 0.06277811]],
      ['weights and smoothing', () => [labels, { weight: w, labelSmoothing: 0.1 }], 1.37216091, [0.07216728, -0.00091437, -0.0712529, 0.52963275, -0.58312839, 0.05349568]],
      ['probabilities', () => [q(), {}], 1.8149811, [-0.1613957, -0.09319347, 0.25458917, 0.35410833, -0.01834463, -0.33576369]],
      ['probabilities and smoothing', () => [q(), { labelSmoothing: 0.1 }], 1.77114773, [-0.14306238, -0.09486014, 0.2379225, 0.33744165, -0.0225113, -0.31493035]],
      ['probabilities and weights', () => [q(), { weight: w }], 1.85716176, [-0.10481442, -0.22615153, 0.33096591, 0.30984479, -0.15667656, -0.15316822]],
      ['all three', () => [q(), { weight: w, labelSmoothing: 0.1 }], 1.84427667, [-0.08899582, -0.23024227, 0.31923807, 0.30350628, -0.1618991, -0.14160715]],
    ] as [string, () => [ArrayLike<number> | Tensor, CrossEntropyOptions], number, number[]][], // biome-ignore format: a table
  ])('crossEntropy with %s is as PyTorch has it', (_, args, value, gradient) => {
    const logits = tensor([[0.2, -1, 0.5], [1.5, 0.3, -0.7]], { requiresGrad: true }) // biome-ignore format: a matrix
    const loss = crossEntropy(logits, ...args())
    backward(loss)
    expect(loss.item()).toBeCloseTo(value, 6)
    const actual = [...logits.gradArray!.backend.read(logits.gradArray!)]
    actual.forEach((g, i) => {
      expect(g).toBeCloseTo(gradient[i]!, 6)
    })
  })

  test('mseLoss', () => {
    expectOp((a, b) => mseLoss(a!, b!), {
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
    const one = 'crossEntropy: expected one label for an input (3,), got 3 labels'
    refused(() => crossEntropy(zeros([3]), [0, 1, 2]), new ShapeError(one))
    for (const label of [3, -1, 0.5, Number.NaN]) {
      const message = `crossEntropy: expected whole labels from 0 to 2, got ${label} (image 1)`
      refused(() => crossEntropy(logits, [0, label]), new GhostgradError(message))
    }
    refused(
      () => crossEntropy(logits, [0, 1], { labelSmoothing: 1.5 }),
      new GhostgradError('crossEntropy: expected labelSmoothing from 0 to 1, got 1.5'),
    )
    refused(
      () => crossEntropy(logits, [0, 1], { weight: [1, 2] }),
      new ShapeError('crossEntropy: expected a weight for each of the 3 classes, got 2'),
    )
    refused(
      () => crossEntropy(logits, zeros([3, 3])),
      new ShapeError(
        'crossEntropy: expected logits (N, K, …) and probabilities of the same shape, got (2, 3) and (3, 3)',
      ),
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
