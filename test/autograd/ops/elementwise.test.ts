import { describe, expect, test } from 'vitest'
import * as F from '../../../src/autograd/functional.js'
import { tensor } from '../../../src/tensor/create.js'
import type { Tensor } from '../../../src/tensor/tensor.js'
import { onEachBackend } from '../../support/backends.js'
import { expectOp } from '../../support/handWorked.js'

/** x, f(x), f′(x) */
type Row = [x: number, y: number, slope: number]

const table: [string, (x: Tensor) => Tensor, Row[]][] = [
  [
    'relu',
    F.relu,
    [
      [-2, 0, 0],
      [0, 0, 0],
      [3, 3, 1],
    ],
  ],
  [
    'relu6',
    F.relu6,
    [
      [-1, 0, 0],
      [0, 0, 0],
      [3, 3, 1],
      [6, 6, 0],
      [7, 6, 0],
    ],
  ],
  [
    'hardSigmoid',
    F.hardSigmoid,
    [
      [-4, 0, 0],
      [-3, 0, 0],
      [0, 0.5, 1 / 6],
      [1.5, 0.75, 1 / 6],
      [3, 1, 0],
      [4, 1, 0],
    ],
  ],
  [
    'hardSwish',
    F.hardSwish,
    [
      [-4, 0, 0],
      [-3, 0, 0],
      [0, 0, 0.5],
      [1.5, 1.125, 1],
      [3, 3, 1],
      [4, 4, 1],
    ],
  ],
  [
    'sigmoid',
    F.sigmoid,
    [
      [0, 0.5, 0.25],
      [Math.log(3), 0.75, 0.1875],
      [-100, 0, 0],
      [100, 1, 0],
    ],
  ],
  [
    'leakyRelu',
    (x) => F.leakyRelu(x, { negativeSlope: 0.25 }),
    [
      [0, 0, 0.25],
      [2, 2, 1],
      [-2, -0.5, 0.25],
    ],
  ],
  [
    'elu',
    (x) => F.elu(x, { alpha: 2 }),
    [
      [2, 2, 1],
      [-Math.LN2, -1, 1],
      [-1e-3, -0.00199900033325, 1.9980009996667],
      [-100, -2, 0],
    ],
  ],
  [
    'softplus',
    F.softplus,
    [
      [0, Math.LN2, 0.5],
      [-Math.log(3), Math.log(4 / 3), 0.25],
      [Math.log(3), Math.log(4), 0.75],
      [-100, 0, 0],
      [100, 100, 1],
    ],
  ],
  [
    'softplus, sharper and cut off',
    (x) => F.softplus(x, { beta: 2, threshold: 3 }),
    [
      [0, Math.LN2 / 2, 0.5],
      [2, 2, 1],
    ],
  ],
  [
    'gelu',
    F.gelu,
    [
      [0, 0, 0.5],
      // Φ(1) = 0.8413447460685429, φ(1) = 0.24197072451914337
      [1, 0.8413447460685429, 1.0833154705876864],
      [-1, -0.15865525393145707, -0.08331547058768629],
      [-100, -0, 0],
      [100, 100, 1],
    ],
  ],
  [
    'silu',
    F.silu,
    [
      [0, 0, 0.5],
      [Math.log(3), 0.75 * Math.log(3), 0.75 + 0.1875 * Math.log(3)],
      [-100, 0, 0],
      [100, 100, 1],
    ],
  ],
  [
    'tanh',
    F.tanh,
    [
      [0, 0, 1],
      [Math.log(2), 0.6, 0.64],
      [-50, -1, 0],
      [50, 1, 0],
    ],
  ],
  [
    'exp',
    F.exp,
    [
      [0, 1, 1],
      [Math.log(3), 3, 3],
    ],
  ],
  [
    'log',
    F.log,
    [
      [1, 0, 1],
      [4, 2 * Math.LN2, 0.25],
    ],
  ],
  [
    'sqrt',
    F.sqrt,
    [
      [4, 2, 0.25],
      [9, 3, 1 / 6],
    ],
  ],
  [
    'square',
    F.square,
    [
      [3, 9, 6],
      [-2, 4, -4],
      [0, 0, 0],
    ],
  ],
  [
    'abs',
    F.abs,
    [
      [-2, 2, -1],
      [0, 0, 0],
      [3, 3, 1],
    ],
  ],
]

onEachBackend(() => {
  test.each(table)('%s', (_, fn, rows) => {
    // The factor 10 tells the gradient from the slope.
    expectOp(fn, {
      inputs: [rows.map(([x]) => x)],
      y: rows.map(([, y]) => y),
      dy: rows.map(() => 10),
      gradients: [rows.map(([, , slope]) => 10 * slope)],
    })
  })

  describe('not a number', () => {
    test.each(table.filter(([name]) => ['relu', 'relu6', 'hardSwish', 'exp', 'abs'].includes(name)))(
      'passes through %s, so that it is found',
      (_, fn) => {
        expect(fn(tensor([Number.NaN, 1])).values[0]).toBeNaN()
      },
    )
  })
})
