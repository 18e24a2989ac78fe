import { describe, expect, test } from 'vitest'
import { type BackwardOptions, retainGrad } from '../../src/autograd/backward.js'
import { square } from '../../src/autograd/functional.js'
import { setBackend } from '../../src/tensor/backend.js'
import { ones, tensor } from '../../src/tensor/create.js'
import { GhostgradError, ShapeError } from '../../src/tensor/errors.js'
import { ReferenceBackend } from '../../src/tensor/reference/referenceBackend.js'
import type { Tensor } from '../../src/tensor/tensor.js'
import '../../src/autograd/methods.js'

setBackend(new ReferenceBackend('float64'))

const leaf = (...values: number[]) => tensor(values, { requiresGrad: true })
const gradOf = (x: Tensor) => x.grad?.toArray()

describe('the root', () => {
  test('must have something to differentiate', () => {
    const message =
      'backward: nothing to differentiate; no input of this tensor had requiresGrad, or it was computed inside noGrad'
    expect(() => tensor([1]).mul(2).sum().backward()).toThrow(new GhostgradError(message))
  })

  test('must be one number, or come with a gradient of its shape', () => {
    const x = leaf(1, 2)
    expect(() => x.mul(2).backward()).toThrow(
      new ShapeError(
        'backward: expected a scalar, got shape (2,); reduce it (sum, mean) or pass a gradient of that shape',
      ),
    )
    expect(() => x.mul(2).backward(ones([3]))).toThrow(
      new ShapeError('backward: expected a gradient of shape (2,), got (3,)'),
    )
    x.mul(2).backward(tensor([10, 100]))
    expect(gradOf(x)).toEqual([20, 200])
  })

  test('may have one element in any number of axes', () => {
    const x = leaf(3)
    x.reshape([1, 1, 1]).mul(2).backward()
    expect(gradOf(x)).toEqual([2])
  })
})

describe('graphs', () => {
  test('a diamond: both ways count', () => {
    const x = leaf(2)
    const y = x.mul(3)
    y.mul(y.add(1)).sum().backward() // 9x² + 3x
    expect(gradOf(x)).toEqual([39])
  })

  test('one tensor as both operands', () => {
    const x = leaf(3, -4)
    x.mul(x).sum().backward()
    expect(gradOf(x)).toEqual([6, -8])
    const y = leaf(3)
    y.add(y).sum().backward()
    expect(gradOf(y)).toEqual([2])
    const h = y.mul(1)
    h.add(h).add(h).sum().backward()
    expect(gradOf(y)).toEqual([5])
  })

  test('an operand broadcast in several places', () => {
    const b = leaf(1, 2)
    const x = ones([3, 2])
    x.mul(b).add(b).sum().backward()
    expect(gradOf(b)).toEqual([6, 6])
  })

  test('branches without a gradient are passed by', () => {
    const [x, constant] = [leaf(2), tensor([5])]
    x.mul(constant.mul(2)).sum().backward()
    expect(gradOf(x)).toEqual([10])
    expect(constant.grad).toBeNull()
  })

  test('a chain of 20 000 operations', () => {
    const x = leaf(1)
    let y: Tensor = x
    for (let i = 0; i < 20_000; i++) y = y.add(1)
    y.backward()
    expect(y.item()).toBe(20_001)
    expect(gradOf(x)).toEqual([1])
  })

  test('twenty doublings reach a million paths, each node once', () => {
    const x = leaf(1)
    let y: Tensor = x
    for (let i = 0; i < 20; i++) y = y.add(y)
    let visits = 0
    const onNode: BackwardOptions['onNode'] = () => visits++
    y.backward(undefined, { onNode })
    expect(gradOf(x)).toEqual([2 ** 20])
    expect(visits).toBe(20)
  })
})

describe('accumulation', () => {
  test('two backward passes add up, until zeroGrad', () => {
    const x = leaf(2)
    for (const factor of [3, 4]) x.mul(factor).sum().backward()
    expect(gradOf(x)).toEqual([7])
    x.zeroGrad()
    expect(x.grad).toBeNull()
    x.mul(5).sum().backward()
    expect(gradOf(x)).toEqual([5])
  })

  test('a gradient in the hands of the user does not change under them', () => {
    const x = leaf(2)
    x.mul(3).sum().backward()
    const first = x.grad!
    x.mul(4).sum().backward()
    expect(first.toArray()).toEqual([3])
    expect(gradOf(x)).toEqual([7])
    x.zeroGrad()
    expect(first.toArray()).toEqual([3])
  })

  test('the gradient passed in stays as it was', () => {
    const x = leaf(1, 1)
    const seed = tensor([2, 3])
    x.reshape([2]).backward(seed)
    x.mul(1).sum().backward()
    expect(seed.toArray()).toEqual([2, 3])
    expect(gradOf(x)).toEqual([3, 4])
  })

  test('the gradients of two leaves are two, though one rule returned both', () => {
    const [a, b] = [leaf(1), leaf(1)]
    a.add(b).sum().backward()
    b.mul(10).sum().backward()
    expect([gradOf(a), gradOf(b)]).toEqual([[1], [11]])
  })
})

describe('the same graph twice', () => {
  test('fails with what to do about it', () => {
    const x = leaf(2)
    const y = square(x).sum()
    y.backward()
    expect(() => y.backward()).toThrow(
      new GhostgradError(
        'backward: the graph was already used by an earlier backward(), which released what sum had saved; ' +
          'run the forward pass again, or pass { retainGraph: true } to the first backward()',
      ),
    )
  })

  test('fails where two results share a part of it', () => {
    const x = leaf(2)
    const shared = square(x)
    shared.mul(2).sum().backward()
    expect(() => shared.mul(3).sum().backward()).toThrow('released what square had saved')
  })

  test('works with retainGraph', () => {
    const x = leaf(3)
    const y = square(x).sum()
    y.backward(undefined, { retainGraph: true })
    y.backward()
    expect(gradOf(x)).toEqual([12])
    expect(() => y.backward()).toThrow('already used')
  })
})

describe('gradients of inner tensors', () => {
  test('are not kept, unless retainGrad asks', () => {
    const x = leaf(2)
    const hidden = x.mul(3)
    const kept = retainGrad(x.mul(5))
    hidden.mul(kept).sum().backward()
    expect(hidden.grad).toBeNull()
    expect(gradOf(kept)).toEqual([6])
    expect(gradOf(x)).toEqual([60])
  })

  test('are complete sums', () => {
    const x = leaf(1)
    const y = x.mul(1).retainGrad()
    y.mul(2).add(y.mul(3)).sum().backward()
    expect(gradOf(y)).toEqual([5])
  })

  test('retainGrad of a leaf changes nothing', () => {
    const x = leaf(1)
    x.retainGrad().mul(2).sum().backward()
    expect(gradOf(x)).toEqual([2])
  })
})

test('onNode sees each operation, newest first, with its gradients', () => {
  const x = leaf(2)
  const seen: unknown[] = []
  const onNode: BackwardOptions['onNode'] = (node, dy, gradients) => {
    seen.push([node.op.name, dy.shape, gradients.map((g) => g?.shape ?? null)])
  }
  x.mul(ones([3, 1]))
    .sum()
    .backward(undefined, { onNode })
  expect(seen).toEqual([
    ['sum', [], [[3, 1]]],
    ['mul', [3, 1], [[1], null]],
  ])
})
