import { expect, it } from 'vitest'
import { EMA } from '../../src/optim/ema.js'
import { ConfigError, GhostgradError } from '../../src/tensor/errors.js'
import { onEachBackend } from '../support/backends.js'
import '../support/allClose.js'
import { onReference, parameter } from './kit.js'

onEachBackend(() => {
  it('averages: (1 + 3) / 2, then (2 + 5) / 2', () => {
    const p = parameter(1)
    const ema = new EMA([['p', p]], { decay: 0.5 })
    ema.update()
    expect([...ema.stateDict().p!.data]).toEqual([1])
    p.set([3])
    ema.update()
    expect([...ema.stateDict().p!.data]).toEqual([2])
    p.set([5])
    ema.update()
    expect([...ema.stateDict().p!.data]).toEqual([3.5])
    expect([...p.values]).toEqual([5])
  })

  it('lends the averages and puts the exact values back, also after a failure', async () => {
    const [p, q] = [parameter(1, 0.1, 1e-30), parameter(2)]
    const ema = new EMA(
      [
        ['p', p],
        ['q', q],
      ],
      { decay: 0.9 },
    )
    const trained = [0.3, 1 / 3, 1e30]
    p.set(trained)
    q.set([4])
    const exact = p.values
    ema.update()
    const average = ema.stateDict().p!.data
    const seen = await ema.applied(async () => {
      await Promise.resolve()
      return [p.data, q.item()]
    })
    expect(seen[0]).toEqual(average)
    expect([seen[1]]).toBeAllClose([2.2], { relative: 1e-6 })
    expect(p.values).toEqual(exact)
    const failing = ema.applied(() => {
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect(p.values).toEqual(exact)
    expect(ema.stateDict().p!.data).toEqual(average)
  })

  it('goes on from a saved state', () => {
    const [p, q] = [parameter(1), parameter(5)]
    const ema = new EMA([['p', p]], { decay: 0.999, warmup: true })
    const copy = new EMA([['p', q]], { decay: 0.999, warmup: true })
    for (let step = 0; step < 40; step++) {
      if (step === 20) {
        copy.loadStateDict(ema.stateDict())
        ema.loadStateDict(copy.stateDict()) // the state is float32
      }
      p.set([Math.fround(Math.sin(step))])
      q.set(p.values)
      ema.update()
      if (step >= 20) copy.update()
    }
    expect(copy.stateDict()).toEqual(ema.stateDict())
    expect(ema.stateDict().num_updates!.data[0]).toBe(40)
  })
})

onReference('warmup', () => {
  it('starts fast with warmup: decay (1 + n) / (10 + n) up to the decay', () => {
    const p = parameter(1)
    const ema = new EMA([['p', p]], { decay: 0.3, warmup: true })
    const decays = []
    for (let n = 0; n < 5; n++) {
      decays.push(ema.decay)
      ema.update()
    }
    expect(decays).toEqual([1 / 10, 2 / 11, 3 / 12, 0.3, 0.3])
  })
})

onReference('refuses', () => {
  it('options and tensors that cannot be', () => {
    expect(() => new EMA([['p', parameter(1)]], { decay: 2 })).toThrow(
      new ConfigError('EMA: expected 0 <= decay <= 1, got 2'),
    )
    expect(() => new EMA([])).toThrow(new ConfigError('EMA: expected at least one named tensor, got none'))
  })

  it('a state that does not fit', () => {
    const ema = new EMA([['p', parameter(1)]])
    const { num_updates: updates } = ema.stateDict()
    expect(() => ema.loadStateDict({ num_updates: updates!, q: updates! })).toThrow(
      new GhostgradError('EMA.loadStateDict: missing: p; unexpected: q'),
    )
  })

  it('to be changed or read while the averages are lent', async () => {
    const ema = new EMA([['p', parameter(1)]])
    const lent: [string, () => unknown][] = [
      ['update', () => ema.update()],
      ['stateDict', () => ema.stateDict()],
      ['applied', () => ema.applied(() => 0)],
    ]
    for (const [method, use] of lent) {
      await expect(ema.applied(use)).rejects.toThrow(
        new GhostgradError(`EMA.${method}: the averages are applied; wait for applied() to end`),
      )
    }
  })
})
