import { expect, test } from 'vitest'
import { joinPath, stateKey } from '../../src/nn/stateKeys.js'

test.each([
  ['weight', 'weight'],
  ['conv1', 'conv1'],
  ['layer1', 'layer1'],
  ['0', '0'],
  ['primaryConv', 'primary_conv'],
  ['cheapOperation', 'cheap_operation'],
  ['convDw', 'conv_dw'],
  ['runningMean', 'running_mean'],
  ['numBatchesTracked', 'num_batches_tracked'],
])('the property %s is %s in a state dict', (property, key) => {
  expect(stateKey(property)).toBe(key)
})

test('paths are dotted, and the root has none', () => {
  expect(joinPath('', 'conv1')).toBe('conv1')
  expect(joinPath('layer1.0', 'conv1')).toBe('layer1.0.conv1')
})
