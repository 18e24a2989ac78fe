import { describe, expect, test } from 'vitest'
import { backward } from '../../src/autograd/backward.js'
import * as F from '../../src/autograd/functional.js'
import { CifarResNet } from '../../src/models/index.js'
import { BasicBlock, GhostBasicBlock, ZeroPadShortcut } from '../../src/models/resnetBlocks.js'
import { BatchNorm2d, GhostModule } from '../../src/nn/index.js'
import { setBackend } from '../../src/tensor/backend.js'
import { arange, ones, randn } from '../../src/tensor/create.js'
import { Generator } from '../../src/tensor/random.js'
import { ReferenceBackend } from '../../src/tensor/reference/referenceBackend.js'
import '../support/allClose.js'

setBackend(new ReferenceBackend('float64'))

describe('ZeroPadShortcut', () => {
  const shortcut = new ZeroPadShortcut(2, 4, 2)

  test('takes every other pixel and puts channels of zeros on either side', () => {
    const y = shortcut.call(F.reshape(arange(18), [1, 2, 3, 3]))
    const zero = [
      [0, 0],
      [0, 0],
    ]
    expect(y.toArray()).toEqual([
      [
        zero,
        [
          [0, 2],
          [6, 8],
        ],
        [
          [9, 11],
          [15, 17],
        ],
        zero,
      ],
    ])
  })

  test('gives its gradient to the pixels it took', () => {
    const x = ones([1, 2, 3, 3], { requiresGrad: true })
    backward(F.sum(shortcut.call(x)))
    const taken = [
      [1, 0, 1],
      [0, 0, 0],
      [1, 0, 1],
    ]
    expect(x.grad!.toArray()).toEqual([[taken, taken]])
  })

  test('is the identity where shape is kept', () => {
    const x = ones([1, 2, 3, 3])
    expect(new ZeroPadShortcut(2, 2, 1).call(x)).toBe(x)
  })
})

test('the basic block adds the shortcut before its last relu', () => {
  const block = new BasicBlock(2, 4, 2, { generator: new Generator(1) })
  const x = randn([2, 2, 4, 4], { generator: new Generator(2) })
  const y = F.relu(block.bn1.call(block.conv1.call(x)))
  const z = F.relu(F.add(block.bn2.call(block.conv2.call(y)), block.shortcut.call(x)))
  expect(block.call(x)).toBeAllClose(z, { absolute: 1e-12 })
})

test('the ghost block has no relu between its last Ghost module and the sum', () => {
  const block = new GhostBasicBlock(2, 4, 2, { ratio: 2, dwSize: 3, generator: new Generator(1) })
  const x = randn([2, 2, 4, 4], { generator: new Generator(2) })
  const z = F.relu(F.add(block.conv2.call(block.conv1.call(x)), block.shortcut.call(x)))
  expect(block.call(x)).toBeAllClose(z, { absolute: 1e-12 })
  expect(block.conv2.call(block.conv1.call(x)).data.some((v) => v < 0)).toBe(true)
})

test('the first convolution is plain unless ghostFirst says otherwise', () => {
  expect(new CifarResNet(8, { ghost: {} }).bn1).toBeInstanceOf(BatchNorm2d)
  const replaced = new CifarResNet(8, { ghost: { ghostFirst: true } })
  expect(replaced.conv1).toBeInstanceOf(GhostModule)
  expect(Object.keys(replaced.stateDict()).filter((key) => key.startsWith('bn1'))).toEqual([])
  expect(replaced.call(randn([1, 3, 8, 8])).shape).toEqual([1, 10])
})

test('refuses a depth that is not 6n + 2', () => {
  expect(() => new CifarResNet(57)).toThrow('CifarResNet: expected a depth of 6n + 2 (8, 14, 20, …), got 57')
})
