import { describe, expect, test } from 'vitest'
import * as F from '../../src/autograd/functional.js'
import { defineOp } from '../../src/autograd/op.js'
import { explain } from '../../src/explain/explain.js'
import { type ArrayView, type ExplainedNode, type Explanation, worstOf } from '../../src/explain/explanation.js'
import { checksOf } from '../../src/explain/summary.js'
import { GhostBottleneck, Linear } from '../../src/nn/index.js'
import { setBackend, withBackend } from '../../src/tensor/backend.js'
import { rand, randn, tensor } from '../../src/tensor/create.js'
import { ConfigError, GhostgradError, ShapeError } from '../../src/tensor/errors.js'
import { Generator } from '../../src/tensor/random.js'
import { ReferenceBackend } from '../../src/tensor/reference/referenceBackend.js'
import { type NestedArray, scope, type Tensor } from '../../src/tensor/tensor.js'
import { WasmBackend } from '../../src/tensor/wasm/wasmBackend.js'
import '../../src/autograd/methods.js'

setBackend(new ReferenceBackend('float64'))

const leaf = (values: NestedArray) => tensor(values, { requiresGrad: true })
/** Without the sign of zero. */
const plain = (view: ArrayView | null) => view!.values!.map((v) => v + 0)
const worst = ({ nodes }: Explanation) => worstOf(nodes.flatMap(checksOf))!
const outgoing = ({ inputs, gradients }: ExplainedNode) =>
  Object.fromEntries(gradients.map((gradient) => [inputs[gradient.input]!.name, plain(gradient)]))

describe('relu(x · w + b).sum(), worked out by hand', () => {
  const names = {
    x: leaf(-2),
    w: leaf([
      [1, -2],
      [3, 4],
    ]),
    b: leaf(4),
  }
  const explanation = explain(() => F.sum(F.relu(F.add(F.mul(names.x, names.w), names.b))), { names })
  const { nodes, leaves } = explanation

  test('the tape, in the order in which it ran', () => {
    expect(nodes.map(({ id, op, inputs }) => [id, op, ...inputs.map(({ name }) => name)])).toEqual([
      [1, 'mul', 'x', 'w'],
      [2, 'add', '#1', 'b'],
      [3, 'relu', '#2'],
      [4, 'sum', '#3'],
    ])
    expect(nodes.map(({ shape }) => shape)).toEqual([[2, 2], [2, 2], [2, 2], []])
    expect(nodes[2]!.inputs).toEqual([{ name: '#2', from: 2, shape: [2, 2] }])
  })

  test('values', () => {
    expect(nodes.map(({ value }) => value!.values)).toEqual([[-2, 4, -6, -8], [2, 8, -2, -4], [2, 8, 0, 0], [10]])
    expect(explanation.loss).toBe(10)
    expect(explanation.backend).toBe('js float64')
  })

  test('gradients that come in and go out', () => {
    expect(nodes.map(({ dy }) => dy.values)).toEqual([[1, 1, 0, 0], [1, 1, 0, 0], [1, 1, 1, 1], [1]])
    expect(nodes.map(outgoing)).toEqual([
      { x: [-1], w: [-2, -2, 0, 0] },
      { '#1': [1, 1, 0, 0], b: [2] },
      { '#2': [1, 1, 0, 0] },
      { '#3': [1, 1, 1, 1] },
    ])
  })

  test('rules, code, and what is kept for backward', () => {
    expect(nodes[0]).toMatchObject({
      rule: 'dx = dy · w, dw = dy · x',
      saved: { a: { values: [-2] }, b: { shape: [2, 2] } },
    })
    expect(nodes[2]).toMatchObject({ saved: { y: { values: [2, 8, 0, 0] } } })
    expect(nodes[0]!.source.backward).toMatch(/backend\.binary\(.mul., dy, b\)/)
    expect(nodes[3]!.options).toEqual({ axes: '[0, 1]', keepDims: 'false' })
  })

  test('every derivative beside differences', () => {
    const checks = nodes.flatMap(checksOf)
    expect(checks.map(({ node, input, index }) => `${node.op} ${input} ${index}`)).toContain('mul w 1,0')
    expect(checks).toHaveLength(1 + 4 + 4 + 1 + 4 + 4)
    expect(worst(explanation).error).toBeLessThan(1e-9)
  })

  test('leaves: value, gradient, and differences of the loss itself', () => {
    expect(leaves.map(({ name, value, gradient }) => [name, plain(value), plain(gradient)])).toEqual([
      ['x', [-2], [-1]],
      ['w', [1, -2, 3, 4], [-2, -2, 0, 0]],
      ['b', [4], [2]],
    ])
    for (const { checks, gradient } of leaves) {
      expect(checks.map(({ analytic }) => analytic)).toEqual(gradient!.values)
      expect(worstOf(checks)!.error).toBeLessThan(1e-9)
    }
  })
})

test('a leaf that is used twice has the sum, each use its own part', () => {
  const x = leaf(3)
  const { nodes, leaves } = explain(() => F.mul(x, x))
  expect(nodes[0]!.gradients.map(({ values }) => values)).toEqual([[3], [3]])
  expect(leaves).toMatchObject([{ name: 'leaf 1', gradient: { values: [6] } }])
  expect(leaves[0]!.checks[0]!.numeric).toBeCloseTo(6, 8)
})

test('constants go by their number or a name', () => {
  const { nodes, leaves } = explain(() => F.sum(F.sub(tensor([1, 2]), F.div(tensor(0.5), leaf([1, 2])))))
  expect(nodes[0]!.inputs.map(({ name }) => name)).toEqual(['0.5', 'leaf 1'])
  expect(nodes[1]!.inputs.map(({ name }) => name)).toEqual(['constant 1', '#1'])
  expect(leaves.map(({ requiresGrad, gradient }) => [requiresGrad, gradient === null])).toEqual([
    [false, true],
    [true, false],
    [false, true],
  ])
})

/** x², with a gradient that is wrong in the element with this index. */
const wrongSquare = (wrong: number) =>
  defineOp({
    name: 'wrongSquare',
    rule: 'dx = 2x · dy',
    forward: ([x], _: void, { backend }) => ({ out: backend.unary('square', x!), saved: x! }),
    backward: (dy, x, { backend }) => {
      const values = backend.read(backend.affine(backend.binary('mul', dy, x), 2, 0))
      values[wrong]! *= 1.01
      return [backend.fromValues(values, x.shape)]
    },
  })

describe('a wrong rule', () => {
  test('shows, with the element and both derivatives', () => {
    const x = leaf([1, 2, 3])
    const explanation = explain(() => F.sum(F.exp(wrongSquare(1)([x]))))
    const check = worst(explanation)
    expect(check).toMatchObject({ node: { op: 'wrongSquare' }, index: [1] })
    expect(check.analytic / check.numeric).toBeCloseTo(1.01, 6)
    expect(check.error).toBeCloseTo(0.01 / 1.01, 6)
    // The rules behind it are right, what they are given is as well; the leaf is as wrong as the rule.
    expect(explanation.nodes.filter(({ gradients }) => worstOf(gradients[0]!.checks)!.error > 1e-6)).toHaveLength(1)
    expect(worstOf(explanation.leaves[0]!.checks)!.error).toBeCloseTo(0.01 / 1.01, 6)
  })

  test('shows in a large array, if it is where the gradient is largest', () => {
    const x = leaf([...new Array<number>(999).fill(1), 2])
    expect(worst(explain(() => F.sum(wrongSquare(999)([x]))))).toMatchObject({ index: [999] })
  })
})

describe('kinks', () => {
  test('exactly there, any slope between left and right is right, and they are told', () => {
    const { nodes } = explain(() => F.relu(leaf(0)))
    const [check] = nodes[0]!.gradients[0]!.checks
    expect(check).toMatchObject({ analytic: 0, error: 0 })
    expect(check!.kink![0]).toBeCloseTo(0, 6)
    expect(check!.kink![1]).toBeCloseTo(1, 6)
  })

  test('within a step, the step shrinks', () => {
    const { nodes } = explain(() => F.relu(leaf(3e-6)))
    const [check] = nodes[0]!.gradients[0]!.checks
    expect(check!.error).toBeLessThan(1e-6)
    expect(check!.kink).toBeUndefined()
  })

  test('equal maxima', () => {
    const { nodes } = explain(() => F.max(leaf([2, 2, 1])))
    expect(nodes[0]!.gradients[0]!.values).toEqual([1, 0, 0])
    expect(nodes[0]!.gradients[0]!.checks.map(({ error, kink }) => [error < 1e-6, kink !== undefined])).toEqual([
      [true, true],
      [true, true],
      [true, false],
    ])
  })
})

describe('a model', () => {
  const bottleneck = new GhostBottleneck(4, 8, 6, { stride: 2, se: true, generator: new Generator(1) })
  const image = rand([2, 4, 6, 6], { generator: new Generator(2) })
  const look = (module?: string) =>
    explain(() => F.mean(F.square(bottleneck.call(image))), {
      model: bottleneck,
      names: { image },
      ...(module === undefined ? {} : { module }),
    })

  test('operations know the module call they ran in, and parameters their names', () => {
    const { nodes, modules } = look()
    const paths = nodes.map(({ module }) => (module === null ? null : modules[module]!.path))
    expect(paths).toContain('ghost1.primary_conv.0')
    expect(paths.slice(-3)).toEqual([null, null, null])
    expect(nodes.flatMap(({ inputs }) => inputs.map(({ name }) => name))).toContain('se.conv_reduce.weight')
    const call = modules.find(({ path }) => path === 'ghost2.cheap_operation.1')!
    expect(call.type).toBe('BatchNorm2d')
    expect(modules[call.parent!]!.path).toBe('ghost2.cheap_operation')
  })

  test('every rule agrees with differences', () => {
    expect(worst(look()).error).toBeLessThan(1e-6)
  })

  test('one module of it, whose parameters go by its own names', () => {
    const { nodes, leaves } = look('ghost1')
    expect(nodes.map(({ op }) => op)).toEqual(['conv2d', 'batchNorm', 'conv2d', 'batchNorm', 'concat'])
    expect(nodes[0]!.inputs.map(({ name }) => name)).toEqual(['image', 'primary_conv.0.weight'])
    expect(leaves.map(({ name }) => name)).not.toContain('bn_dw.weight')
  })

  test('an unknown module is refused', () => {
    expect(() => look('ghost3')).toThrow(ConfigError)
    expect(() => look('ghost3')).toThrow(
      /^unknown module "ghost3"; did you mean "ghost\d"\? known: ghost1, ghost1\.primary_conv, /,
    )
    expect(() => explain(leaf(1).mul(2), { module: 'x' })).toThrow(
      'no modules are known; give the model, and the loss as a function',
    )
  })

  test('moves no running statistics beyond the one pass, and no gradients', () => {
    const before = [...bottleneck.bnDw!.runningMean!.values]
    const weight = bottleneck.convDw!.weight
    look()
    const once = [...bottleneck.bnDw!.runningMean!.values]
    expect(once).not.toEqual(before)
    expect(weight.grad).toBeNull()
    F.mean(F.square(bottleneck.call(image))).backward()
    const gradient = [...weight.grad!.values]
    look()
    expect([...weight.grad!.values]).toEqual(gradient)
    weight.zeroGrad()
  })

  test('by the fast backend, to single precision', async () => {
    const backend = new WasmBackend({ threads: 2 })
    withBackend(backend, () => {
      const model = new GhostBottleneck(8, 16, 8, { generator: new Generator(1) })
      const x = randn([4, 8, 9, 9], { generator: new Generator(2) })
      const explanation = explain(() => F.mean(F.square(model.call(x))), { model })
      expect(explanation.backend).toMatch(/^wasm/)
      expect(worst(explanation).error).toBeLessThan(2e-5)
      expect(worst(explanation).error).toBeGreaterThan(1e-9)
    })
    await backend.close()
  })
})

describe('a loss that has been computed', () => {
  test('is explained, and its graph can still be used', () => {
    const x = leaf([1, 2])
    const hidden = F.mul(x, 3)
    hidden.retainGrad()
    const loss = F.sum(F.square(hidden))
    expect(explain(loss).nodes.map(outgoing).at(0)).toEqual({ 'leaf 1': [18, 36] })
    expect(x.grad).toBeNull()
    expect(hidden.grad).toBeNull()
    loss.backward()
    expect(x.grad!.toArray()).toEqual([18, 36])
    expect(hidden.grad!.toArray()).toEqual([6, 12])
  })

  test('says what was given back meanwhile', () => {
    const x = leaf([1, 2])
    const loss = scope(() => F.sum(F.add(F.exp(x), F.neg(F.neg(x)))))
    const { nodes } = explain(loss)
    const add = nodes.find(({ op }) => op === 'add')!
    expect(add.value).toBeNull()
    expect(add.gradients[0]).toMatchObject({ values: [1, 1], checks: [] })
    expect(add.gradients[0]!.unchecked).toMatch(/^the value of #\d was freed when its module had run$/)
    expect(nodes.find(({ op }) => op === 'exp')!.gradients[0]!.checks).toHaveLength(2)
  })

  test('as a function, everything is there', () => {
    const x = leaf([1, 2])
    const { nodes } = explain(() => scope(() => F.sum(F.add(F.exp(x), F.neg(F.neg(x))))))
    expect(nodes.every(({ value, gradients }) => value && gradients.every(({ checks }) => checks.length > 0))).toBe(
      true,
    )
  })
})

test('large arrays come as what they come to, with a few checks; all of them with a number', () => {
  const x = tensor(
    Float64Array.from({ length: 100 }, (_, i) => i),
    [100],
    { requiresGrad: true },
  )
  const loss = (): Tensor => F.sum(F.square(x))
  const [square] = explain(loss).nodes
  expect(square!.gradients[0]).toMatchObject({ values: null, mean: 99, min: 0, max: 198, shape: [100] })
  expect(square!.gradients[0]!.norm).toBeCloseTo(Math.sqrt(4 * 328350), 8)
  expect(square!.gradients[0]!.checks).toHaveLength(3)
  expect(square!.gradients[0]!.checks[0]!.index).toEqual([99])
  expect(explain(loss, { samples: 7 }).nodes[0]!.gradients[0]!.checks).toHaveLength(7)
})

test('progress is told', () => {
  const told: number[][] = []
  explain(() => F.sum(F.exp(leaf([1]))), { onProgress: (done, total) => told.push([done, total]) })
  expect(told).toEqual([
    [1, 2],
    [2, 2],
  ])
})

test('what cannot be explained', () => {
  expect(() => explain(tensor(1))).toThrow(
    new GhostgradError('explain: the loss depends on nothing that has requiresGrad'),
  )
  expect(() => explain(() => F.exp(leaf([1, 2])))).toThrow(ShapeError)
})

test('it is plain data', () => {
  const layer = new Linear(3, 2)
  const explanation = explain(() => F.mean(layer.call(randn([2, 3]))), { model: layer })
  expect(JSON.parse(JSON.stringify(explanation))).toEqual(explanation)
})
