import { describe, expect, test } from 'vitest'
import { type Job, jobConfig, jobsOf, networkOf, paperTables, rowOf } from '../../src/experiments/index.js'
import type { RunRow } from '../../src/experiments/rows.js'
import { configDifferences } from '../../src/experiments/sameConfig.js'

const job = (row: string, rest: Partial<Job> = {}): Job & { row: RunRow } => ({
  ...{ recipe: 'fast', changes: {}, seed: 3, ...rest },
  row: rowOf(row) as RunRow,
})

describe('a pruned row', () => {
  test('is the network of its base with fewer channels', () => {
    const { model, options } = networkOf(job('l1-vgg16').row)
    expect(model).toBe('vgg16')
    expect(options!.channels).toEqual([32, 64, 128, 128, 256, 256, 256, 256, 256, 256, 256, 256, 256])
  })

  test.each<[string, Partial<Job>, number]>([
    ['fast', {}, 3],
    ['paper', { recipe: 'paper' }, 41],
    ['40 epochs', { changes: { epochs: 40 } }, 10],
    ['1 epoch', { changes: { epochs: 1 } }, 1],
  ])('is trained on for a quarter of the epochs at a small rate, by %s', (_, rest, epochs) => {
    const [base, pruned] = [jobConfig(job('resnet56', rest)), jobConfig(job('l1-resnet56', rest))]
    expect(pruned).toMatchObject({ epochs, lr: 0.001, schedule: 'constant', warmupEpochs: 0, milestones: [] })
    for (const key of ['model', 'batchSize', 'momentum', 'weightDecay', 'augment', 'seed'] as const) {
      expect(pruned[key]).toEqual(base[key])
    }
  })

  test('comes after its base', () => {
    const table5 = paperTables.filter(({ id }) => id === 'table5')
    const ids = jobsOf(table5, { recipe: 'fast', changes: {}, seeds: [0] }).map(({ row }) => row.id)
    for (const base of ['vgg16', 'resnet56']) expect(ids.indexOf(base)).toBeLessThan(ids.indexOf(`l1-${base}`))
  })

  test('is the same run wherever the pruned weights lie; another run is not, if it starts from weights', () => {
    const pruned = jobConfig(job('l1-resnet56'))
    const { init: _, ...resumed } = pruned
    expect(configDifferences({ ...pruned, init: 'elsewhere/pruned' }, pruned)).toEqual([])
    expect(configDifferences(resumed, pruned)).toEqual([])
    const whole = jobConfig(job('resnet56'))
    expect(configDifferences({ ...whole, init: 'w.safetensors' }, whole)).toEqual([
      'init is "w.safetensors", expected none',
    ])
  })
})
