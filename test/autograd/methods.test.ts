import { expect, test } from 'vitest'
import * as F from '../../src/autograd/functional.js'
import { setBackend } from '../../src/tensor/backend.js'
import { tensor } from '../../src/tensor/create.js'
import { ReferenceBackend } from '../../src/tensor/reference/referenceBackend.js'
import type { Tensor } from '../../src/tensor/tensor.js'
import '../../src/autograd/methods.js'

setBackend(new ReferenceBackend('float64'))

const x = tensor([
  [1, 2],
  [3, 4],
])
const y = tensor([
  [5, 6],
  [7, 8],
])

const pairs: Record<string, [method: Tensor, operation: Tensor]> = {
  add: [x.add(y), F.add(x, y)],
  sub: [x.sub(1), F.sub(x, 1)],
  mul: [x.mul(y), F.mul(x, y)],
  div: [x.div(y), F.div(x, y)],
  neg: [x.neg(), F.neg(x)],
  pow: [x.pow(3), F.pow(x, 3)],
  clamp: [x.clamp(2, 3), F.clamp(x, 2, 3)],
  greater: [x.greater(2), F.greater(x, 2)],
  maximum: [x.maximum(2), F.maximum(x, 2)],
  minimum: [x.minimum(2), F.minimum(x, 2)],
  where: [x.where(tensor([1, 0]), y), F.where(tensor([1, 0]), x, y)],
  exp: [x.exp(), F.exp(x)],
  log: [x.log(), F.log(x)],
  sqrt: [x.sqrt(), F.sqrt(x)],
  abs: [x.abs(), F.abs(x)],
  square: [x.square(), F.square(x)],
  relu: [x.relu(), F.relu(x)],
  sigmoid: [x.sigmoid(), F.sigmoid(x)],
  tanh: [x.tanh(), F.tanh(x)],
  softmax: [x.softmax(0), F.softmax(x, 0)],
  logSoftmax: [x.logSoftmax(), F.logSoftmax(x)],
  matmul: [x.matmul(y), F.matmul(x, y)],
  sum: [x.sum(1, true), F.sum(x, 1, true)],
  mean: [x.mean(0), F.mean(x, 0)],
  max: [x.max(), F.max(x)],
  var: [x.var(0, { correction: 0 }), F.var(x, 0, { correction: 0 })],
  std: [x.std(0), F.std(x, 0)],
  logSumExp: [x.logSumExp(1), F.logSumExp(x, 1)],
  squeeze: [x.squeeze(), F.squeeze(x)],
  unsqueeze: [x.unsqueeze(1), F.unsqueeze(x, 1)],
  split: [x.split(1, 1)[1]!, F.split(x, 1, 1)[1]!],
  gather: [x.gather(0, [[1, 0]]), F.gather(x, 0, [[1, 0]])],
  indexSelect: [x.indexSelect(0, [1]), F.indexSelect(x, 0, [1])],
  reshape: [x.reshape([4]), F.reshape(x, [4])],
  flatten: [x.flatten(0), F.flatten(x, 0)],
  permute: [x.permute([1, 0]), F.permute(x, [1, 0])],
  transpose: [x.transpose(0, 1), F.transpose(x, 0, 1)],
  expand: [x.expand([2, 2, 2]), F.expand(x, [2, 2, 2])],
  slice: [x.slice([[1]]), F.slice(x, [[1]])],
  pad: [
    x.pad(
      [
        [0, 1],
        [0, 0],
      ],
      2,
    ),
    F.pad(
      x,
      [
        [0, 1],
        [0, 0],
      ],
      2,
    ),
  ],
}

test.each(Object.entries(pairs))('x.%s is the operation of that name', (_, [method, operation]) => {
  expect(method.toArray()).toEqual(operation.toArray())
})

test('methods do not show up among the fields of a tensor', () => {
  expect(Object.keys(x)).not.toContain('mul')
})
