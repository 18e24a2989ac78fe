import { describe, expect, it } from 'vitest'
import '../../src/autograd/methods.js'
import { AdamW } from '../../src/optim/adamW.js'
import { decayGroups } from '../../src/optim/groups.js'
import type { Optimizer } from '../../src/optim/optimizer.js'
import { SGD } from '../../src/optim/sgd.js'
import { tensor, zeros } from '../../src/tensor/create.js'
import { ConfigError, GhostgradError } from '../../src/tensor/errors.js'
import { scope, type Tensor } from '../../src/tensor/tensor.js'
import { onEachBackend } from '../support/backends.js'
import { hashTensor } from '../support/hashTensor.js'
import { onReference, parameter, setGradient, stepWith } from './kit.js'

const shapes = { w: [3, 4], b: [5] }

const start = (): [string, Tensor][] =>
  Object.entries(shapes).map(([name, shape]) => [name, tensor(hashTensor({ name, shape }), shape)])

function run(optimizer: Optimizer, params: [string, Tensor][], from: number, to: number): void {
  for (let step = from; step < to; step++) {
    for (const [name, p] of params) {
      setGradient(p, hashTensor({ name: `${name}.grad.${step}`, shape: [...p.shape] }))
    }
    optimizer.step()
  }
}

const kinds: [string, (params: [string, Tensor][]) => Optimizer][] = [
  ['SGD', (params) => new SGD(params, { lr: 0.1 })],
  ['SGD with momentum', (params) => new SGD(params, { lr: 0.1, momentum: 0.9, weightDecay: 0.01, nesterov: true })],
  ['SGD with dampening', (params) => new SGD(params, { lr: 0.1, momentum: 0.9, dampening: 0.5 })],
  ['AdamW', (params) => new AdamW(params, { lr: 0.1 })],
]

describe('state', () => {
  onEachBackend(() => {
    it.each(kinds)('of %s: 20 steps, a copy by way of the state dict, 20 more steps, equal', (_, make) => {
      for (const before of [0, 20]) {
        const params = start()
        const optimizer = make(params)
        run(optimizer, params, 0, before)
        const copies = params.map(([name, p]) => [name, tensor(p.data, p.shape)] satisfies [string, Tensor])
        // The state is float32: on the float64 backend both go on from what was saved.
        params.forEach(([, p], i) => {
          p.set(copies[i]![1].values)
        })
        const copy = make(copies)
        copy.loadStateDict(optimizer.stateDict())
        optimizer.loadStateDict(copy.stateDict())
        run(optimizer, params, before, before + 20)
        run(copy, copies, before, before + 20)
        params.forEach(([, p], i) => {
          expect(copies[i]![1].values).toEqual(p.values)
        })
        expect(copy.stateDict()).toEqual(optimizer.stateDict())
      }
    })
  })
})

onReference('a state', () => {
  it("has PyTorch's names and the parameters' order", () => {
    const w = zeros([2, 3])
    expect(Object.keys(new SGD([['w', w]], { lr: 1 }).stateDict())).toEqual(['w.step'])
    expect(new AdamW([['w', w]]).stateDict()).toEqual({
      'w.step': { dtype: 'I64', shape: [], data: Float32Array.of(0) },
      'w.exp_avg': { dtype: 'F32', shape: [2, 3], data: new Float32Array(6) },
      'w.exp_avg_sq': { dtype: 'F32', shape: [2, 3], data: new Float32Array(6) },
    })
    const sgd = new SGD([['w', w]], { lr: 1, momentum: 0.9 })
    setGradient(w, [1, 2, 3, 4, 5, 6])
    sgd.step()
    expect(sgd.stateDict()).toEqual({
      'w.step': { dtype: 'I64', shape: [], data: Float32Array.of(1) },
      'w.momentum_buffer': { dtype: 'F32', shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
    })
  })

  it('that does not fit is one error, and nothing is changed', () => {
    const p = parameter(1, 2)
    const sgd = new SGD(
      [
        ['p', p],
        ['q', parameter(1)],
      ],
      { lr: 0.1, momentum: 0.9 },
    )
    stepWith(sgd, p, 1, 1)
    const before = sgd.stateDict()
    const { 'q.step': _, 'q.momentum_buffer': buffer, ...rest } = before
    const wrong = { ...rest, 'p.momentum_buffer': { ...buffer!, shape: [3] }, 'r.step': before['p.step']! }
    expect(() => sgd.loadStateDict(wrong)).toThrow(
      new GhostgradError(
        'SGD.loadStateDict: missing: q.momentum_buffer, q.step; unexpected: r.step; ' +
          'wrong shape: p.momentum_buffer expected (2,) got (3,)',
      ),
    )
    expect(sgd.stateDict()).toEqual(before)
  })

  it('outlives the scope in which the optimizer was made', () => {
    const p = parameter(1)
    const sgd = scope(() => {
      const made = new SGD([['p', p]], { lr: 0.1, momentum: 0.5 })
      return () => made
    })()
    stepWith(sgd, p, 2)
    expect(stepWith(sgd, p, 4)[0]).toBeCloseTo(0.3, 6)
  })
})

onReference('step', () => {
  it('follows backward, skips what has no gradient, and records nothing', () => {
    const w = parameter(1, 2)
    const idle = parameter(7)
    const sgd = new SGD(
      [
        ['w', w],
        ['idle', idle],
      ],
      { lr: 0.25, weightDecay: 0.5 },
    )
    w.mul(w).sum().backward()
    sgd.step()
    expect([...w.values]).toEqual([1 - 0.25 * 2.5, 2 - 0.25 * 5])
    expect([...idle.values]).toEqual([7])
    expect(w.isLeaf && w.requiresGrad).toBe(true)
    expect(sgd.stateDict()['idle.step']!.data[0]).toBe(0)
    sgd.zeroGrad()
    expect(w.grad).toBeNull()
    sgd.step()
    expect([...w.values]).toEqual([1 - 0.25 * 2.5, 2 - 0.25 * 5])
  })
})

onReference('groups', () => {
  it('have options of their own, and keep their ratio to the learning rate', () => {
    const [a, b] = [parameter(1), parameter(1)]
    const groups = [{ params: [['a', a]] as const }, { params: [['b', b]] as const, lr: 0.05, weightDecay: 1 }]
    const sgd = new SGD(groups, { lr: 0.1 })
    expect(sgd.groups.map(({ options }) => options.lr)).toEqual([0.1, 0.05])
    sgd.lr = 1
    expect(sgd.lr).toBe(1)
    expect(sgd.groups.map(({ options }) => options.lr)).toEqual([1, 0.5])
    sgd.lr = 0
    sgd.lr = 0.5
    setGradient(a, [1])
    setGradient(b, [1])
    sgd.step()
    expect([a.item(), b.item()]).toEqual([0.5, 0.5]) // b: 1 − 0.25 · (1 + 1)
  })

  it('refuse what cannot be told apart or would be updated twice', () => {
    const p = parameter(1)
    const sameName = [
      ['p', p],
      ['p', parameter(2)],
    ] as const
    const sameTensor = [{ params: [['p', p]] as const }, { params: [['q', p]] as const }]
    const wrong: [string, () => unknown][] = [
      ['SGD: expected at least one named tensor, got none', () => new SGD([], { lr: 0.1 })],
      ['SGD: two tensors are named "p"', () => new SGD(sameName, { lr: 0.1 })],
      ['AdamW: "p" and "q" are one tensor', () => new AdamW(sameTensor)],
      [
        "SGD: a group with lr 0.1 keeps its ratio to the optimizer's lr, which must not be 0",
        () => new SGD([{ params: [['p', p]] as const, lr: 0.1 }], { lr: 0 }),
      ],
      [
        'SGD: expected 0 <= momentum < 1, got 2',
        () => new SGD([{ params: [['p', p]] as const, momentum: 2 }], { lr: 0.1 }),
      ],
    ]
    for (const [message, make] of wrong) expect(make).toThrow(new ConfigError(message))
  })

  it('split parameters by whether they decay', () => {
    const named = [
      ['conv.weight', zeros([4, 3, 3, 3])],
      ['bn.weight', zeros([4])],
      ['bn.bias', zeros([4])],
      ['fc.weight', zeros([2, 4])],
    ] as const
    const names = (groups: ReturnType<typeof decayGroups>) =>
      groups.map(({ params, weightDecay }) => [weightDecay, ...Array.from(params, ([name]) => name)])
    expect(names(decayGroups(named, 5e-4))).toEqual([[5e-4, 'conv.weight', 'bn.weight', 'bn.bias', 'fc.weight']])
    const split = decayGroups(named, 5e-4, { exempt: 'norm-and-bias' })
    expect(names(split)).toEqual([
      [5e-4, 'conv.weight', 'fc.weight'],
      [0, 'bn.weight', 'bn.bias'],
    ])
    expect(names(decayGroups(named.slice(1, 3), 5e-4, { exempt: 'norm-and-bias' }))).toEqual([
      [0, 'bn.weight', 'bn.bias'],
    ])
    expect(new SGD(split, { lr: 0.1, momentum: 0.9 }).groups.map(({ options }) => options.weightDecay)).toEqual([
      5e-4, 0,
    ])
  })
})
