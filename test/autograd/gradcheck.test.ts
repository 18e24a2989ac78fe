import { describe, expect, test } from 'vitest'
import { mul, relu, square } from '../../src/autograd/functional.js'
import { assertGradcheck, gradcheck } from '../../src/autograd/gradcheck.js'
import { defineOp } from '../../src/autograd/op.js'
import { setBackend, withBackend } from '../../src/tensor/backend.js'
import { randn, tensor } from '../../src/tensor/create.js'
import { GhostgradError } from '../../src/tensor/errors.js'
import { ReferenceBackend } from '../../src/tensor/reference/referenceBackend.js'
import '../../src/autograd/methods.js'

setBackend(new ReferenceBackend('float64'))

const leaf = (...values: number[]) => tensor(values, { requiresGrad: true })

/** x², with a gradient that is wrong in one element. */
const wrongSquare = (wrong: number, factor: number) => {
  const op = defineOp({
    name: 'wrongSquare',
    rule: 'dx = 2x · dy',
    forward: ([x], _: void, { backend }) => ({ out: backend.unary('square', x!), saved: x! }),
    backward: (dy, x, { backend }) => {
      const dx = backend.affine(backend.binary('mul', dy, x), 2, 0)
      const values = backend.read(dx)
      values[wrong]! *= factor
      return [backend.fromValues(values, dx.shape)]
    },
  })
  return (x: ReturnType<typeof leaf>) => op([x])
}

test('a right gradient agrees to about 1e-9', () => {
  const result = gradcheck((a, b) => a!.mul(b!).tanh(), [leaf(0.1, -0.5), leaf(0.3, 0.7)])
  expect(result.worst).toBeLessThan(1e-8)
})

test('a wrong gradient is found, and where', () => {
  const constant = tensor([1, 1, 1])
  const result = gradcheck((_, x) => wrongSquare(2, 1.001)(x!), [constant, leaf(3, 4, 5)])
  expect(result.where).toEqual({ input: 1, index: 2 })
  expect(result.analytic / result.numeric).toBeCloseTo(1.001, 6)
  expect(result.worst).toBeCloseTo(0.001 / 1.001, 6)
})

test('small gradients are compared absolutely', () => {
  const { worst } = gradcheck((x) => wrongSquare(0, 2)(x!), [leaf(1e-3)])
  expect(worst).toBeGreaterThan(1e-3 - 1e-6)
  expect(worst).toBeLessThan(3e-3)
})

test('a gradient that is missing counts as zero', () => {
  const result = gradcheck((x, y) => x!.mul(y!.detach()), [leaf(2), leaf(3)])
  expect(result).toMatchObject({ where: { input: 1, index: 0 }, analytic: 0 })
  expect(result.numeric).toBeCloseTo(2)
})

test('a gradient that is not a number is an infinite error', () => {
  expect(gradcheck((x) => wrongSquare(1, Number.NaN)(x!), [leaf(1, 2, 3)])).toMatchObject({
    worst: Infinity,
    where: { input: 0, index: 1 },
  })
})

test('a kink within a step is seen as an error; farther away it is not', () => {
  expect(gradcheck((x) => relu(x!), [leaf(1e-5)]).worst).toBeGreaterThan(0.1)
  expect(gradcheck((x) => relu(x!), [leaf(1e-5)], { step: 1e-6 }).worst).toBeLessThan(1e-6)
})

describe('the inputs', () => {
  test('come back with the values and the gradients they had', () => {
    const x = leaf(0.1, 0.2)
    x.mul(7).sum().backward()
    gradcheck((y) => square(y!), [x])
    expect(x.toArray()).toEqual([0.1, 0.2])
    expect(x.grad!.toArray()).toEqual([7, 7])
  })

  test('come back also when the function throws', () => {
    const x = leaf(1)
    let calls = 0
    const failing = () => {
      if (++calls === 3) throw new Error('stop')
      return square(x)
    }
    expect(() => gradcheck(failing, [x])).toThrow('stop')
    expect(x.toArray()).toEqual([1])
    expect(x.grad).toBeNull()
  })

  test('may be reached by the function itself, as parameters are', () => {
    const weight = leaf(2, 3)
    expect(gradcheck((x) => mul(x!, weight), [leaf(5, 7), weight]).worst).toBeLessThan(1e-8)
  })

  test('must want a gradient', () => {
    expect(() => gradcheck((x) => square(x!), [tensor([1])])).toThrow(
      new GhostgradError('gradcheck: no input has requiresGrad'),
    )
  })
})

test('a function that is random by itself is refused', () => {
  expect(() => gradcheck((x) => x!.mul(randn([2])), [leaf(1, 2)])).toThrow(
    new GhostgradError('gradcheck: the function gave two results for the same inputs; seed what is random in it'),
  )
})

describe('assertGradcheck', () => {
  test('returns what gradcheck returns', () => {
    const x = leaf(1, 2)
    expect(assertGradcheck((y) => square(y!), [x])).toEqual(gradcheck((y) => square(y!), [x]))
  })

  test('throws with both numbers and the place', () => {
    const check = () => assertGradcheck((x) => wrongSquare(0, 2)(x!), [leaf(3)])
    expect(check).toThrow(GhostgradError)
    expect(check).toThrow(
      /^gradcheck: the derivative by element 0 of input 0 is 12 by backward\(\) but (6|5\.9999)\S* by central differences; error 5\.0e-1, allowed 0\.000001$/,
    )
  })

  test('holds float32 to what float32 can do', () => {
    withBackend(new ReferenceBackend('float32'), () => {
      const x = randn([4, 4], { requiresGrad: true })
      const { worst } = assertGradcheck((y) => y!.sigmoid(), [x])
      expect(worst).toBeGreaterThan(1e-6)
      expect(() => assertGradcheck((y) => y!.sigmoid(), [x], { tolerance: 1e-9 })).toThrow('allowed 1e-9')
    })
  })
})
