import { describe, expect, test } from 'vitest'
import {
  binaryCrossEntropyWithLogits,
  crossEntropy,
  klDiv,
  mseLoss,
  nllLoss,
  smoothL1Loss,
} from '../../../src/autograd/functional.js'
import { tensor, zeros } from '../../../src/tensor/create.js'
import { onEachBackend } from '../../support/backends.js'
import { expectArray, expectOp } from '../../support/handWorked.js'

const [ln2, ln3, ln4] = [Math.log(2), Math.log(3), Math.log(4)]

onEachBackend(() => {
  test('nllLoss picks, weighs, and leaves out', () => {
    expectOp((x) => nllLoss(x!, [1, 0], { weight: [1, 3] }), {
      inputs: [
        [
          [-1, -2],
          [-4, -8],
        ],
      ],
      y: (3 * 2 + 1 * 4) / 4,
      dy: 1,
      gradients: [
        [
          [0, -0.75],
          [-0.25, 0],
        ],
      ],
    })
    const x = tensor([
      [-1, -2],
      [-4, -8],
    ])
    expectArray(nllLoss(x, [1, -100], { reduction: 'none' }), [2, 0])
    expectArray(nllLoss(x, [9, 1], { ignoreIndex: 9 }), 8)
    expectArray(
      nllLoss(
        tensor([
          [
            [-1, -2],
            [-4, -8],
          ],
        ]),
        [1, 0],
        { reduction: 'sum' },
      ),
      4 + 2,
    )
    // What is not picked may be impossible.
    expectArray(nllLoss(tensor([-1, -Infinity]), [0]), 1)
  })

  test('crossEntropy of planes, of ignored labels and of one image', () => {
    const logits = tensor([
      [
        [0, 0],
        [ln3, 0],
      ],
    ]) // at the first place 1/4 and 3/4
    expectArray(crossEntropy(logits, [0, 1], { reduction: 'none' }), [[ln4, ln2]])
    expectArray(crossEntropy(logits, tensor([[0, 1]]), { reduction: 'sum' }), ln4 + ln2)
    expectArray(crossEntropy(logits, [0, 5], { ignoreIndex: 5 }), ln4)
    expectArray(crossEntropy(tensor([0, ln3]), [0]), ln4)
    expectArray(crossEntropy(tensor([0, ln3]), tensor([1, 0]), { reduction: 'none' }), ln4)
  })

  test('binaryCrossEntropyWithLogits of tensors', () => {
    // σ(ln 3) = 3/4. For target 1 with weight 2: 2 · ln 4/3, gradient −2/4.
    expectOp((x, t) => binaryCrossEntropyWithLogits(x!, t!, { posWeight: [2, 1], reduction: 'none' }), {
      inputs: [[[ln3, ln3]], [[1, 0]]],
      y: [[2 * Math.log(4 / 3), ln4]],
      dy: [[1, 1]],
      gradients: [[[-0.5, 0.75]], [[Math.log(4 / 3) - ln3, -ln3]]],
    })
  })

  test('smoothL1Loss and mseLoss of tensors', () => {
    expectOp((x, t) => smoothL1Loss(x!, t!, { beta: 2, reduction: 'none', weight: tensor([1, 3]) }), {
      inputs: [[[1, 5]], [[0, 0]]],
      y: [[0.25, 12]],
      dy: [[1, 1]],
      gradients: [[[0.5, 3]], [[-0.5, -3]]],
    })
    expectArray(mseLoss(tensor([1, 5]), tensor([0, 2]), { reduction: 'none' }), [1, 9])
    expectArray(mseLoss(tensor([1, 5]), tensor([0, 2]), { reduction: 'sum' }), 10)
  })

  test('klDiv', () => {
    expectOp((x, t) => klDiv(x!, t!, { reduction: 'batchmean' }), {
      inputs: [[[-ln2, -ln2]], [[0.25, 0.75]]],
      y: ln2 - (0.25 * ln4 + 0.75 * Math.log(4 / 3)),
      dy: 1,
      gradients: [[[-0.25, -0.75]], [[1 - ln4 + ln2, 1 - Math.log(4 / 3) + ln2]]],
    })
    expectArray(klDiv(tensor([[-ln2]]), tensor([[0]])), 0)
    expectArray(klDiv(tensor([[-ln2]]), tensor([[-ln4]]), { logTarget: true, reduction: 'sum' }), (ln2 - ln4) / 4)
  })
})

describe('what does not fit is named', () => {
  const make = () => zeros([2, 3])
  test.each([
    [
      () => mseLoss(make(), make(), { reduction: 'median' as 'mean' }),
      'mseLoss: expected reduction none, mean or sum, got "median"',
    ],
    [() => smoothL1Loss(make(), zeros([3, 2])), 'smoothL1Loss: expected a target of shape (2, 3), got (3, 2)'],
    [() => klDiv(make(), zeros([3])), 'klDiv: expected a target of shape (2, 3), got (3,)'],
    [
      () => binaryCrossEntropyWithLogits(make(), make(), { posWeight: [1, 2] }),
      'expected 3 numbers as posWeight for (2, 3), got 2',
    ],
    [() => nllLoss(make(), [0]), 'nllLoss: expected logits (N, K) and N labels, got (2, 3) and 1 labels'],
    [() => nllLoss(zeros([2, 3, 4]), [0]), 'a label for each of the 8 places, got (2, 3, 4) and 1 labels'],
    [() => nllLoss(make(), [0, 3]), 'nllLoss: expected whole labels from 0 to 2, got 3 (image 1)'],
    [() => crossEntropy(make(), zeros([2, 2])), 'probabilities of the same shape, got (2, 3) and (2, 2)'],
    [() => crossEntropy(make(), [0, 1], { weight: [1, 2] }), 'expected a weight for each of the 3 classes, got 2'],
  ])('%#', (run, message) => {
    expect(run).toThrow(message)
  })
})
