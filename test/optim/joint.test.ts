import { expect, it } from 'vitest'
import { EMA } from '../../src/optim/ema.js'
import { JointOptimizer } from '../../src/optim/jointOptimizer.js'
import { Lookahead } from '../../src/optim/lookahead.js'
import { Muon } from '../../src/optim/muon.js'
import { orthogonalize } from '../../src/optim/newtonSchulz.js'
import { linear } from '../../src/optim/schedule.js'
import { SGD } from '../../src/optim/sgd.js'
import { tensor } from '../../src/tensor/create.js'
import { WasmBackend } from '../../src/tensor/wasm/wasmBackend.js'
import { onReference, parameter, setGradient } from './kit.js'
import '../support/allClose.js'

onReference('several optimizers as one', () => {
  const make = () => {
    const [a, b] = [parameter(1), parameter(2)]
    const optimizer = new JointOptimizer([
      { optimizer: new SGD([['a', a]], { lr: 0.5 }) },
      { optimizer: new SGD([['b', b]], { lr: 1, momentum: 0.5 }), schedule: linear({ lr: 1, steps: 4 }), steps: 2 },
    ])
    return { a, b, optimizer }
  }

  it('update each its own, by rates that keep their ratio or follow their own course', () => {
    const { a, b, optimizer } = make()
    optimizer.lr = 0.25
    expect(optimizer.parts.map((part) => part.optimizer.lr)).toEqual([0.25, 0.5])
    optimizer.prepare(1)
    expect(optimizer.parts.map((part) => part.optimizer.lr)).toEqual([0.25, 0.75])
    setGradient(a, [1])
    setGradient(b, [1])
    optimizer.step()
    expect([a.item(), b.item()]).toEqual([0.75, 1.25])
  })

  it('stop to train what has had its steps, and take it up again before', () => {
    const { a, b, optimizer } = make()
    const trained = [0, 1, 2, 5, 0].map((step) => {
      optimizer.prepare(step)
      return b.requiresGrad
    })
    expect(trained).toEqual([true, true, false, false, true])
    expect(a.requiresGrad).toBe(true)
  })

  it('have one state, and refuse another before anything changes', () => {
    const { b, optimizer } = make()
    setGradient(b, [3])
    optimizer.step()
    const state = optimizer.stateDict()
    expect(Object.keys(state)).toEqual(['a.step', 'b.step', 'b.momentum_buffer'])
    const other = make().optimizer
    const { 'b.step': _, ...rest } = state
    expect(() => other.loadStateDict({ ...rest, c: state['a.step']! })).toThrow(
      'JointOptimizer.loadStateDict: missing: b.step; unexpected: c',
    )
    other.loadStateDict(state)
    expect(other.stateDict()).toEqual(state)
  })

  it('refuse a parameter in two of them', () => {
    const a = parameter(1)
    const sgd = () => new SGD([['a', a]], { lr: 1 })
    expect(() => new JointOptimizer([{ optimizer: sgd() }, { optimizer: sgd() }])).toThrow('two tensors are named "a"')
  })
})

onReference('Muon', () => {
  it('scales a weight to the norm √rows first, on request', () => {
    const w = tensor([3, 0, 0, 4], [2, 2], { requiresGrad: true })
    setGradient(w, [0, 0, 0, 0])
    new Muon([['w', w]], { lr: 1, normalize: true }).step()
    expect(w).toBeAllClose(
      [0.6, 0, 0, 0.8].map((x) => x * Math.SQRT2),
      { absolute: 1e-6 },
    )
  })

  it('refuses biases', () => {
    expect(() => new Muon([['b', parameter(1, 2)]])).toThrow('Muon: expected "b" to have rank >= 2, got 1')
  })
})

it('Newton and Schulz bring singular values near 1 without the reference loops of the fast backend', async () => {
  const backend = new WasmBackend({ threads: 2 })
  for (const [rows, columns] of [
    [6, 20],
    [20, 6],
  ] as const) {
    const x = backend.fromValues(
      Float32Array.from({ length: rows * columns }, (_, i) => Math.sin(i * i)),
      [rows, columns],
    )
    const y = backend.read(orthogonalize(x, 5))
    const least = Math.min(rows, columns)
    const at = (i: number, k: number) => (rows < columns ? y[i * columns + k]! : y[k * columns + i]!)
    for (let i = 0; i < least; i++) {
      const square = Array.from({ length: Math.max(rows, columns) }, (_, k) => at(i, k) ** 2).reduce((a, b) => a + b)
      expect(square).toBeGreaterThan(0.4)
      expect(square).toBeLessThan(1.5)
    }
  }
  expect(backend.fallbacks.size).toBe(0)
  await backend.close()
})

onReference('Lookahead', () => {
  it('goes back to slow weights every few steps, more so near the end, and ends there', () => {
    const w = parameter(0)
    const lookahead = new Lookahead([['w', w]], { every: 2, decay: 0.5, steps: 5 })
    const seen = [1, 2, 3, 4, 5].map((step) => {
      w.set([w.item() + 1])
      lookahead.update(step)
      return w.item()
    })
    const kept = (t: number) => 0.25 * (t / 5) ** 3
    const slow2 = (1 - kept(2)) * 2
    const slow4 = slow2 + (1 - kept(4)) * 2
    expect(seen).toBeAllClose([1, slow2, slow2 + 1, slow4, slow4], { absolute: 1e-6 })
    const again = new Lookahead([['w', parameter(9)]], { steps: 5 })
    again.loadStateDict(lookahead.stateDict())
    expect([...again.stateDict().w!.data]).toBeAllClose([slow4], { absolute: 1e-6 })
  })
})

onReference('EMA', () => {
  it('with a warm-up follows (1 + n) / (10 + n) at first', () => {
    const w = parameter(0)
    const ema = new EMA([['w', w]], { decay: 0.9, warmup: true })
    w.set([1])
    ema.update()
    expect(ema.stateDict().w!.data[0]).toBeCloseTo(0.9, 6)
    expect(ema.decay).toBeCloseTo(2 / 11)
  })
})
