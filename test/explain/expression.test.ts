import { describe, expect, test } from 'vitest'
import { parseExpression, parseVariable } from '../../src/explain/expression/expression.js'
import { setBackend } from '../../src/tensor/backend.js'
import { tensor } from '../../src/tensor/create.js'
import { ConfigError } from '../../src/tensor/errors.js'
import { ReferenceBackend } from '../../src/tensor/reference/referenceBackend.js'
import type { NestedArray } from '../../src/tensor/tensor.js'
import '../../src/autograd/methods.js'
import '../support/allClose.js'

setBackend(new ReferenceBackend('float64'))

const variables = {
  x: tensor(2),
  v: tensor([1, -2]),
  w: tensor([
    [1, -2],
    [3, 4],
  ]),
  labels: tensor([1, 0]),
}

describe('values worked out by hand', () => {
  test.each<[string, NestedArray]>([
    ['x + 1', 3],
    ['1 - x * 3', -5],
    ['(1 - x) * 3', -3],
    ['x - 1 - 1', 0],
    ['x / 2 / 2', 0.5],
    ['-x * -3', 6],
    ['--x', 2],
    ['2 * 3 + x', 8],
    ['.5 * x + 1e1', 11],
    ['2 / x', 1],
    ['x * v', [2, -4]],
    ['[10, 20] - v', [9, 22]],
    ['w @ [[1], [1]]', [[-1], [7]]],
    [
      'w @ w * 2',
      [
        [-10, -20],
        [30, 20],
      ],
    ],
    ['relu(v)', [1, 0]],
    ['v.relu().sum()', 1],
    ['relu(-v).sum() + x', 4],
    ['w.sum(0)', [4, 2]],
    ['w.sum(axes=1, keepDims=true)', [[-1], [7]]],
    ['sum(w, [0, 1])', 6],
    ['w.mean()', 1.5],
    [
      'pow(w, 2)',
      [
        [1, 4],
        [9, 16],
      ],
    ],
    ['w.reshape([-1])', [1, -2, 3, 4]],
    [
      'concat([w, w * 2], axis=1)',
      [
        [1, -2, 2, -4],
        [3, 4, 6, 8],
      ],
    ],
    ['slice(w, [null, [1, 2]])', [[-2], [4]]],
    ['pad(v, [[1, 0]], 7)', [7, 1, -2]],
    ['linear(w, [[1, 1]], [0.5])', [[-0.5], [7.5]]],
    ['linear(w, [[1, 1]])', [[-1], [7]]],
    [
      'conv2d(w.reshape([1, 1, 2, 2]), [[[[1, 1]]]], bias=[10], padding=[0, 1])',
      [
        [
          [
            [11, 9, 8],
            [13, 17, 14],
          ],
        ],
      ],
    ],
    ['max(v, 0)', [1, 0]],
    ['max(v, 0.5)', [1, 0.5]],
    ['w.max(0)', [3, 4]],
    ['max(w, axes=1)', [1, 4]],
    ['maxPool2d(w.reshape([1, 1, 2, 2]), 2)', [[[[4]]]]],
    ['crossEntropy(w * 0, labels)', Math.LN2],
  ])('%s', (source, expected) => {
    expect(parseExpression(source).run(variables)).toBeAllClose(tensor(expected), { absolute: 1e-12, what: source })
  })
})

test('names come in the order in which they occur, functions and words not among them', () => {
  expect(parseExpression('relu(b * a + b).sum(axes=c, keepDims=true)').names).toEqual(['b', 'a', 'c'])
})

describe('what is wrong is marked', () => {
  test.each([
    ['x +', 'expected a number, a name, "(" or "[", got the end', 3],
    ['(x', 'expected ")", got the end', 2],
    ['x $ 2', 'unexpected "$"', 2],
    ['x 2', 'expected an operator or the end, got "2"', 2],
    ['x = 2', 'expected an operator or the end, got "="', 2],
    ['v.T', 'expected "(", got the end', 3],
    ['v.2()', 'expected an operator or the end, got ".2"', 1],
    ['rellu(x)', 'unknown operation "rellu"; did you mean "relu"?', 0],
    ['constructor(x)', 'unknown operation "constructor"', 0],
    ['pow(x)', '"exponent" is missing: pow takes x, exponent', 0],
    ['pow(x, true)', 'expected a tensor, a number or lists of numbers', 7],
    ['w.sum(1, true, 3)', 'too many arguments: sum takes x, axes, keepDims', 15],
    ['w.sum(keepDims=1)', 'expected true or false', 15],
    ['softmax(w, axes=1)', 'unknown argument "axes": softmax takes x, axis', 16],
    ['softmax(w, 1, axis=1)', '"axis" is given twice', 19],
    ['softmax(axis=1, w)', 'expected name=value behind another, got "w"', 16],
    ['concat(w)', 'expected a list of tensors', 7],
    ['relu(true)', 'expected a tensor, a number or lists of numbers', 5],
    ['x * y', '"y" has no value', 4],
    ['1 + 2', 'the result is no tensor: expected an operation on a tensor', 2],
    ['', 'expected a number, a name, "(" or "[", got the end', 0],
  ])('%s', (source, message, at) => {
    const run = () => parseExpression(source).run(variables)
    expect(run).toThrow(ConfigError)
    expect(run).toThrow(`expression: ${message} at column ${at + 1}\n  ${source}\n  ${' '.repeat(at)}^`)
  })
})

describe('variables', () => {
  test.each<[string, NestedArray]>([
    ['2', 2],
    ['-1.5', -1.5],
    [
      '[[1,2],[-3,4e-1]]',
      [
        [1, 2],
        [-3, 0.4],
      ],
    ],
  ])('%s', (text, values) => {
    const variable = parseVariable('w', text)
    expect(variable.toArray()).toEqual(values)
    expect(variable.requiresGrad).toBe(true)
  })

  test.each(['x', '[1, x]', '1 + 2', '[]', 'relu(1)'])('%s is refused', (text) => {
    expect(() => parseVariable('w', text)).toThrow(`--w: expected a number or nested lists of numbers, got "${text}"`)
  })

  test('lists of unequal length are refused', () => {
    expect(() => parseVariable('w', '[[1,2],[3]]')).toThrow('tensor: nested arrays of unequal length')
  })
})
