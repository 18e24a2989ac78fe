import { describe, expect, it } from 'vitest'
import { measureModel } from '../../bench/models.js'
import { footnotes, modelsTable } from '../../bench/modelsReport.js'
import type { Framework } from '../../bench/peers.js'
import { torchFrameworks } from '../../bench/torch.js'

const setting = { task: 'training', model: 'resnet56', batchSize: 64, threads: 2, seconds: 1 } as const

/** A framework of the given speeds, one a round; writes its name down whenever it is measured. */
function fake(name: string, speeds: number[], turns: string[], rest: Partial<Framework> = {}): Framework {
  let round = 0
  return {
    name,
    family: name,
    tasks: ['training'],
    maxThreads: 8,
    missing: () => null,
    measure({ batchSize }) {
      turns.push(name)
      return { imagesPerSecond: speeds[round++]!, batchSize, backend: `${name}'s` }
    },
    ...rest,
  }
}

describe('frameworks beside each other', () => {
  it('take turns, change places, and have the median of their rounds; slow ones have one turn', () => {
    const turns: string[] = []
    const row = measureModel(setting, 3, [
      fake('ghostgrad', [100, 300, 200], turns),
      fake('PyTorch', [50, 160, 100], turns),
      fake('slow', [0.5], turns, { isSlow: true }),
    ])
    expect(turns.join(' ')).toBe('ghostgrad PyTorch slow PyTorch ghostgrad ghostgrad PyTorch')
    expect(row.cells).toEqual({
      ghostgrad: { imagesPerSecond: 200, batchSize: 64, backend: "ghostgrad's", rounds: [100, 300, 200] },
      PyTorch: { imagesPerSecond: 100, batchSize: 64, backend: "PyTorch's", rounds: [50, 160, 100] },
      slow: { imagesPerSecond: 0.5, batchSize: 64, backend: "slow's", rounds: [0.5] },
    })
  })

  it('are held against the fastest way of PyTorch in 32-bit floats, and against bfloat16', () => {
    const names = ['ghostgrad', 'PyTorch 2.15.0 eager', 'PyTorch 2.15.0 compiled', 'PyTorch 2.15.0 bfloat16']
    const all = names.map((name, i) => fake(name, [[200], [50], [100], [160]][i]!, []))
    const row = measureModel(setting, 1, all)
    expect(modelsTable([row], all)).toEqual([
      ['images/s', 'model', 'batch', 'threads', ...names, 'ghostgrad / best PyTorch f32', '/ bfloat16'],
      ['training', 'resnet56', '64', '2', '200.0', '50.0', '100.0', '160.0', '2.00', '1.25'],
    ])
  })

  it('have no ratio where PyTorch failed or is not there', () => {
    const broken = fake('PyTorch 2.15.0 eager', [], [], {
      measure() {
        throw new Error('Error: killed')
      },
    })
    const all = [fake('ghostgrad', [200], []), broken]
    expect(modelsTable([measureModel(setting, 1, all)], all)[0]!.slice(4)).toEqual([
      'ghostgrad',
      'PyTorch 2.15.0 eager',
    ])
  })

  it('are left out of what they cannot do', () => {
    const row = measureModel(setting, 1, [
      fake('ghostgrad', [100], []),
      fake('one thread', [1], [], { maxThreads: 1 }),
      fake('inference only', [1], [], { tasks: ['inference'] }),
    ])
    expect(Object.keys(row.cells)).toEqual(['ghostgrad'])
  })

  it('say what computed, when a smaller batch was measured, what failed, and how to get what is absent', () => {
    const failing = fake('broken', [], [], {
      measure() {
        throw Object.assign(new Error('exit code 1'), {
          stderr: 'warning: old\nTypeError: no gradient of Gather\n  at x',
        })
      },
    })
    const small = fake('small', [], [], { measure: () => ({ imagesPerSecond: 0.0123, batchSize: 1, backend: 'SIMD' }) })
    const row = measureModel(setting, 2, [failing, small])
    expect(modelsTable([row], [failing, small])[1]!.slice(4)).toEqual(['failed', '0.012 (batch 1)'])
    expect(footnotes([row], [fake('absent', [], [], { missing: () => 'npm ci' })])).toEqual([
      'small: SIMD',
      'absent is not installed: npm ci',
      'broken, resnet56, training: TypeError: no gradient of Gather',
    ])
  })
})

it('the PyTorch of a Python without it is missing, and how to get it is said', () => {
  const [torch, ...others] = torchFrameworks('/no/such/python')
  expect(others).toEqual([])
  expect(torch!.name).toBe('PyTorch (/no/such/python)')
  expect(torch!.missing()).toBe('/no/such/python -m pip install torch, or another Python by --python')
})
