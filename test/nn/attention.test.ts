import { expect, test } from 'vitest'
import { ConvTranspose2d, GroupNorm, LayerNorm, LayerNorm2d, MultiheadAttention } from '../../src/nn/index.js'
import { setBackend } from '../../src/tensor/backend.js'
import { zeros } from '../../src/tensor/create.js'
import { ReferenceBackend } from '../../src/tensor/reference/referenceBackend.js'

setBackend(new ReferenceBackend())

/** What the state dicts of the layers in torch.nn have. */
test.each([
  [
    new MultiheadAttention(4, 2),
    { in_proj_weight: [12, 4], in_proj_bias: [12], 'out_proj.weight': [4, 4], 'out_proj.bias': [4] },
  ],
  [new MultiheadAttention(4, 2, { bias: false }), { in_proj_weight: [12, 4], 'out_proj.weight': [4, 4] }],
  [new LayerNorm([3, 2]), { weight: [3, 2], bias: [3, 2] }],
  [new LayerNorm(3, { bias: false }), { weight: [3] }],
  [new LayerNorm(3, { elementwiseAffine: false }), {}],
  [new LayerNorm2d(3), { weight: [3], bias: [3] }],
  [new GroupNorm(2, 4), { weight: [4], bias: [4] }],
  [new ConvTranspose2d(4, 6, 3, { groups: 2 }), { weight: [4, 3, 3, 3], bias: [6] }],
])('the state of %s is named as in PyTorch', (layer, shapes) => {
  const state = Object.entries(layer.stateDict()).map(([name, { shape }]) => [name, [...shape]])
  expect(Object.fromEntries(state)).toEqual(shapes)
})

test('what does not fit is named', () => {
  expect(() => new MultiheadAttention(4, 3)).toThrow('MultiheadAttention: expected heads to divide 4 features, got 3')
  const attention = new MultiheadAttention(4, 2)
  expect(() => attention.call(zeros([2, 3, 5]))).toThrow('expected query (N, length, 4), got (2, 3, 5)')
})
