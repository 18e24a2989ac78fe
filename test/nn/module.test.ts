import { describe, expect, test } from 'vitest'
import * as F from '../../src/autograd/functional.js'
import { noGrad } from '../../src/autograd/gradMode.js'
import '../../src/autograd/methods.js'
import { BatchNorm2d, Conv2d, Linear, Module, Parameter, Sequential, StateBuffer } from '../../src/nn/index.js'
import { setBackend } from '../../src/tensor/backend.js'
import { ones, zeros } from '../../src/tensor/create.js'
import { ReferenceBackend } from '../../src/tensor/reference/referenceBackend.js'
import { scope, type Tensor } from '../../src/tensor/tensor.js'

setBackend(new ReferenceBackend())

class Block extends Module {
  // A buffer before a parameter, and a module before both: state dicts order by kind, then by property.
  readonly primaryConv = new Sequential(new Conv2d(2, 2, 1, { bias: false }), new BatchNorm2d(2))
  readonly runningScale = new StateBuffer([1], 3)
  readonly gainFactor = new Parameter([2], 1)
  readonly heads = [new Linear(2, 3), new Linear(2, 1, { bias: false })]
  readonly label = 'not state'

  forward(x: Tensor): Tensor {
    return F.mean(this.primaryConv.call(x), [2, 3])
  }
}

describe('names', () => {
  const block = new Block()

  test('modules: outer before inner, arrays by index', () => {
    expect(Array.from(block.namedModules(), ([path, module]) => `${path}:${module.constructor.name}`)).toEqual([
      ':Block',
      'primary_conv:Sequential',
      'primary_conv.0:Conv2d',
      'primary_conv.1:BatchNorm2d',
      'heads.0:Linear',
      'heads.1:Linear',
    ])
  })

  test('state dict: own parameters, own buffers, then the modules inside', () => {
    expect(Object.entries(block.stateDict()).map(([name, { dtype, shape }]) => `${name} ${dtype} (${shape})`)).toEqual([
      'gain_factor F32 (2)',
      'running_scale F32 (1)',
      'primary_conv.0.weight F32 (2,2,1,1)',
      'primary_conv.1.weight F32 (2)',
      'primary_conv.1.bias F32 (2)',
      'primary_conv.1.running_mean F32 (2)',
      'primary_conv.1.running_var F32 (2)',
      'primary_conv.1.num_batches_tracked I64 ()',
      'heads.0.weight F32 (3,2)',
      'heads.0.bias F32 (3)',
      'heads.1.weight F32 (1,2)',
    ])
  })

  test('parameters and buffers are the state divided by kind', () => {
    expect(Array.from(block.namedParameters(), ([name]) => name)).toEqual([
      'gain_factor',
      'primary_conv.0.weight',
      'primary_conv.1.weight',
      'primary_conv.1.bias',
      'heads.0.weight',
      'heads.0.bias',
      'heads.1.weight',
    ])
    expect(Array.from(block.namedBuffers(), ([name]) => name)).toEqual([
      'running_scale',
      'primary_conv.1.running_mean',
      'primary_conv.1.running_var',
    ])
    expect(block.parameters()).toHaveLength(7)
    expect(block.numParameters).toBe(2 + 4 + 2 + 2 + 6 + 3 + 2)
  })

  test('a parameter that two modules share is trained once', () => {
    class Tied extends Module {
      readonly first = new Linear(2, 2, { bias: false })
      readonly second = this.first
      forward(x: Tensor) {
        return this.second.call(this.first.call(x))
      }
    }
    const tied = new Tied()
    expect(Array.from(tied.namedParameters(), ([name]) => name)).toEqual(['first.weight'])
    expect(Object.keys(tied.stateDict())).toEqual(['first.weight', 'second.weight'])
  })
})

test('train and eval reach every module', () => {
  const block = new Block()
  const modes = () => Array.from(block.namedModules(), ([, module]) => module.training)
  expect(modes()).toEqual(Array(6).fill(true))
  expect(block.eval()).toBe(block)
  expect(modes()).toEqual(Array(6).fill(false))
  block.train()
  expect(modes()).toEqual(Array(6).fill(true))
})

test('a call frees what forward made on the way, and keeps its result', () => {
  let inside: Tensor | null = null
  class Leaky extends Module {
    forward(x: Tensor): Tensor {
      inside = F.add(x, 1)
      return F.mul(inside, 2)
    }
  }
  const y = new Leaky().call(ones([3]))
  expect(y.toArray()).toEqual([4, 4, 4])
  expect(() => inside!.data).toThrow('was made inside a module or scope that has ended')
})

test('parameters made inside a scope outlive it', () => {
  const layer = scope(() => new Linear(2, 2))
  expect(layer.weight.size).toBe(4)
  expect(() => layer.weight.data).not.toThrow()
})

describe('forward hooks', () => {
  test('see every module, innermost first, with path, inputs and output, until removed', () => {
    const block = new Block()
    const seen: string[] = []
    const remove = block.onForward((path, module, inputs, output) => {
      const shape = (t: unknown) => `(${(t as Tensor).shape})`
      seen.push(`${path || 'root'} ${module.constructor.name} ${shape(inputs[0])} → ${shape(output)}`)
    })
    block.call(zeros([2, 2, 3, 3]))
    expect(seen).toEqual([
      'primary_conv.0 Conv2d (2,2,3,3) → (2,2,3,3)',
      'primary_conv.1 BatchNorm2d (2,2,3,3) → (2,2,3,3)',
      'primary_conv Sequential (2,2,3,3) → (2,2,3,3)',
      'root Block (2,2,3,3) → (2,2)',
    ])
    remove()
    block.call(zeros([2, 2, 3, 3]))
    expect(seen).toHaveLength(4)
  })

  test('removing one leaves another', () => {
    const layer = new Linear(1, 1)
    const calls: string[] = []
    const removeA = layer.onForward(() => calls.push('a'))
    layer.onForward(() => calls.push('b'))
    layer.call(zeros([1, 1]))
    removeA()
    layer.call(zeros([1, 1]))
    expect(calls).toEqual(['a', 'b', 'b'])
  })

  test('find the first layer with a non-finite output', () => {
    const model = new Sequential(new Linear(2, 2), new Linear(2, 2), new Linear(2, 2))
    ;(model[1] as Linear).weight.set([1, Number.NaN, 1, 1])
    const bad: string[] = []
    model.onForward((path, _, __, output) => {
      if (!(output as Tensor).data.every(Number.isFinite)) bad.push(path)
    })
    model.call(ones([1, 2]))
    expect(bad[0]).toBe('1')
  })
})

describe('loadStateDict', () => {
  const filled = () => {
    const block = new Block()
    for (const [i, parameter] of block.parameters().entries()) {
      parameter.set(Float32Array.from({ length: parameter.size }, (_, j) => i + j / 8))
    }
    block.call(ones([2, 2, 3, 3])) // moves the running statistics and the counter
    return block
  }

  test('restores parameters, buffers and counters', () => {
    const from = filled()
    const to = new Block()
    const report = to.loadStateDict(from.stateDict())
    expect(report).toEqual({ missing: [], unexpected: [], wrongShape: [] })
    expect(to.stateDict()).toEqual(from.stateDict())
    expect(to.stateDict()['primary_conv.1.num_batches_tracked']!.data).toEqual(Float32Array.of(1))
  })

  test('a state dict is a copy', () => {
    const block = filled()
    const state = block.stateDict()
    block.gainFactor.set([9, 9])
    expect(state.gain_factor!.data).toEqual(Float32Array.of(0, 0.125))
  })

  const misfit = () => {
    const state = filled().stateDict()
    delete state['heads.1.weight']
    delete state.running_scale
    const wrong = (shape: number[]) => ({ dtype: 'F32' as const, shape, data: new Float32Array(shape[0]!) })
    state['zz.weight'] = wrong([1])
    state['aa.weight'] = wrong([1])
    state.gain_factor = wrong([3])
    state['primary_conv.1.num_batches_tracked'] = wrong([4])
    return state
  }

  test('reports everything that does not fit, sorted, before changing anything', () => {
    const block = new Block()
    const before = block.stateDict()
    expect(() => block.loadStateDict(misfit())).toThrow(
      'loadStateDict: missing: heads.1.weight, running_scale; unexpected: aa.weight, zz.weight; wrong shape: ' +
        'gain_factor expected (2,) got (3,), primary_conv.1.num_batches_tracked expected () got (4,)',
    )
    expect(block.stateDict()).toEqual(before)
  })

  test('names only the lists that are not empty', () => {
    const state = filled().stateDict()
    state.extra = state.gain_factor!
    expect(() => new Block().loadStateDict(state)).toThrow(/^loadStateDict: unexpected: extra$/)
  })

  test('not strict: loads what fits and returns the report', () => {
    const block = new Block()
    const report = block.loadStateDict(misfit(), { strict: false })
    expect(report).toEqual({
      missing: ['heads.1.weight', 'running_scale'],
      unexpected: ['aa.weight', 'zz.weight'],
      wrongShape: ['gain_factor expected (2,) got (3,)', 'primary_conv.1.num_batches_tracked expected () got (4,)'],
    })
    expect(block.gainFactor.toArray()).toEqual([1, 1])
    expect(block.heads[0]!.bias!.data).toEqual(filled().heads[0]!.bias!.data)
  })
})

describe('modules that are not plain properties', () => {
  class Deep extends Module {
    readonly heads = new Map([['left', new Linear(2, 2)]])
    readonly grid = [[new Linear(2, 2)], [new Linear(2, 2)]]

    forward(x: Tensor): Tensor {
      return this.grid[1]![0]!.call(this.heads.get('left')!.call(x))
    }
  }

  class Hidden extends Module {
    readonly #fc = new Linear(2, 2)

    forward(x: Tensor): Tensor {
      return this.#fc.call(x)
    }
  }

  test('are found in nested arrays and Maps', () => {
    const deep = new Deep()
    expect(Array.from(deep.namedModules(), ([path]) => path)).toEqual(['', 'heads.left', 'grid.0.0', 'grid.1.0'])
    expect(deep.call(ones([1, 2])).shape).toEqual([1, 2])
  })

  test('are named in an error where nothing leads to them, unless they are only asked', () => {
    const message = 'Hidden: a Linear runs inside it that none of its properties leads to (a #private field?)'
    expect(() => new Hidden().call(ones([1, 2]))).toThrow(message)
    expect(() => new Sequential(new Hidden()).call(ones([1, 2]))).toThrow('Sequential: a Linear runs inside it')
    expect(noGrad(() => new Hidden().call(ones([1, 2]))).shape).toEqual([1, 2])
    expect(new Linear(2, 2).call(ones([1, 2])).shape).toEqual([1, 2]) // an error leaves nothing behind
  })
})
