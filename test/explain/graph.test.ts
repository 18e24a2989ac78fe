import { describe, expect, test } from 'vitest'
import * as F from '../../src/autograd/functional.js'
import { explain } from '../../src/explain/explain.js'
import { parseExpression, parseVariable } from '../../src/explain/expression/expression.js'
import { graphOf } from '../../src/explain/graph.js'
import { GhostBottleneck } from '../../src/nn/index.js'
import { setBackend } from '../../src/tensor/backend.js'
import { rand } from '../../src/tensor/create.js'
import { ReferenceBackend } from '../../src/tensor/reference/referenceBackend.js'

setBackend(new ReferenceBackend('float64'))

describe('an expression', () => {
  const names = { x: parseVariable('x', '2'), w: parseVariable('w', '[1,2]') }
  const explanation = explain(() => parseExpression('(x * w + [3, 4]).sum() * 2 - x').run(names), { names })
  const { boxes, edges } = graphOf(explanation)

  test('leaves and constants of several numbers are boxes, numbers are not', () => {
    expect(boxes.map(({ id }) => id)).toEqual([
      ...['leaf x', 'leaf w', 'op 1', 'leaf constant 1', 'op 2', 'op 3', 'op 4', 'op 5'],
    ])
  })

  test('edges run from what is used to what uses it, each once', () => {
    expect(edges.map(({ from, to }) => `${from} → ${to}`)).toEqual([
      'leaf x → op 1',
      'leaf w → op 1',
      'op 1 → op 2',
      'leaf constant 1 → op 2',
      'op 2 → op 3',
      'op 3 → op 4',
      'op 4 → op 5',
      'leaf x → op 5',
    ])
  })
})

describe('a model', () => {
  const model = new GhostBottleneck(4, 8, 6, { stride: 2 })
  const image = rand([2, 4, 6, 6])
  const loss = () => F.mean(model.call(image))
  const whole = explain(loss, { model, names: { image } })

  test('parameters are named in the operations that take them', () => {
    const { boxes } = graphOf(whole)
    expect(boxes.flatMap((box) => (box.kind === 'leaf' ? box.title : []))).toEqual(['image'])
    expect(boxes.find(({ id }) => id === 'op 1')).toMatchObject({ inputs: ['ghost1.primary_conv.0.weight'] })
  })

  test('modules of a depth are one box where several operations ran in them', () => {
    const { boxes, edges } = graphOf(whole, 1)
    expect(boxes.map(({ title }) => title)).toEqual([
      ...['image', 'ghost1', 'conv2d', 'batchNorm', 'ghost2', 'shortcut', 'sum', 'affine'],
    ])
    expect(boxes[1]).toMatchObject({ kind: 'module', type: 'GhostModule' })
    const titles = new Map(boxes.map(({ id, title }) => [id, title]))
    expect(edges.map(({ from, to }) => `${titles.get(from)} → ${titles.get(to)}`)).toEqual([
      'image → ghost1',
      'ghost1 → conv2d',
      'conv2d → batchNorm',
      'batchNorm → ghost2',
      'image → shortcut',
      // The last batch norm of the shortcut adds what ghost2 gave, in its own pass.
      'ghost2 → shortcut',
      'shortcut → sum',
      'sum → affine',
    ])
  })

  test('the same operations are in it at every depth', () => {
    for (const depth of [0, 1, 2, 3, 9]) {
      const ids = graphOf(whole, depth).boxes.flatMap((box) =>
        box.kind === 'op' ? box.node.id : box.kind === 'module' ? box.nodes.map(({ id }) => id) : [],
      )
      expect(ids.toSorted((a, b) => a - b)).toEqual(whole.nodes.map(({ id }) => id))
    }
  })

  test('what a module is given from outside is a box without content', () => {
    const { boxes } = graphOf(explain(loss, { model, module: 'ghost2' }))
    expect(boxes[0]).toMatchObject({ kind: 'outside', title: '#7', shape: [2, 8, 3, 3] })
  })

  test('a module that is called twice is two boxes', () => {
    const { ghost1 } = new GhostBottleneck(4, 4, 4)
    const twice = explain(() => F.mean(ghost1.call(ghost1.call(image))), { model: ghost1 })
    const { boxes } = graphOf(twice, 1)
    expect(boxes.filter(({ title }) => title === 'primary_conv')).toHaveLength(2)
  })
})
