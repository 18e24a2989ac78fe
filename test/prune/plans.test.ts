import { expect, test } from 'vitest'
import { createModel } from '../../src/models/registry.js'
import { summarize } from '../../src/nn/summary.js'
import { channelsAfter, findPlan, prunableLayers, pruningPlans } from '../../src/prune/index.js'
import { setBackend } from '../../src/tensor/backend.js'
import { MetaBackend } from '../../src/tensor/meta/metaBackend.js'

setBackend(new MetaBackend())

test('every plan has a share for each layer of its network', () => {
  for (const { model, fractions } of pruningPlans) {
    expect(fractions.length).toBe(prunableLayers(createModel(model)).length)
  }
})

// The paper's Table 1: 5.4 M and 2.06e8 of 3.13e8; 0.73 M (13.7 % less) and 9.09e7. The latter's weights come to 0.7357 M.
test.each([
  ['vgg16-A', 'vgg16', '5.40 M, 206.3 M', [32, 64, 128, 128, 256, 256, 256, 256, 256, 256, 256, 256, 256]],
  [
    'resnet56-B',
    'resnet56',
    '0.74 M, 90.9 M',
    [6, 6, 6, 6, 6, 6, 6, 16, 16, 32, 22, 22, 22, 22, 22, 22, 32, 22, 64, 57, 57, 57, 57, 57, 57, 57, 64],
  ],
])('%s leaves the weights and multiply-adds of the paper', (plan, model, expected, channels) => {
  expect(channelsAfter(findPlan(plan, model))).toEqual(channels)
  const { params, macs } = summarize(createModel(model, { channels }), [3, 32, 32])
  expect(`${(params / 1e6).toFixed(2)} M, ${(macs / 1e6).toFixed(1)} M`).toBe(expected)
})

test('a plan is refused for another network, and one that is not known', () => {
  const known = 'known: vgg16-A (of vgg16), resnet56-B (of resnet56)'
  expect(() => findPlan('vgg16-B', 'vgg16')).toThrow(`unknown pruning plan "vgg16-B"; ${known}`)
  expect(() => findPlan('vgg16-A', 'resnet20')).toThrow(`plan vgg16-A is for vgg16, got weights of resnet20; ${known}`)
})
