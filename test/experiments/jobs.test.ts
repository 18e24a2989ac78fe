import { describe, expect, test } from 'vitest'
import {
  type Job,
  jobConfig,
  jobId,
  jobsOf,
  paperTables,
  parseJobId,
  recipeNames,
  recipes,
  rowOf,
  rows,
} from '../../src/experiments/index.js'
import { configDifferences } from '../../src/experiments/sameConfig.js'
import { objectLayer } from '../../src/train/readConfig.js'

const job = (row: string, rest: Partial<Job> = {}): Job => ({
  row: rowOf(row),
  recipe: 'fast',
  changes: {},
  seed: 0,
  ...rest,
})

describe('ids', () => {
  test.each([
    ['ghost-vgg16-s2-fast-seed0', job('ghost-vgg16-s2')],
    ['ghostnet-0.5-cifar-authors-seed12', job('ghostnet-0.5-cifar', { recipe: 'authors', seed: 12 })],
    [
      'vgg16-fast+epochs=40+batchSize=64+data=cifar10-sample-seed0',
      job('vgg16', { changes: { data: 'cifar10-sample', batchSize: 64, epochs: 40 } }),
    ],
  ])('%s', (id, expected) => {
    expect(jobId(expected)).toBe(id)
    expect(parseJobId(id)).toEqual(expected)
  })

  test.each([
    ['vgg16', '--job: expected an id such as ghost-vgg16-s2-fast-seed0, got "vgg16"'],
    ['vgg17-fast-seed0', 'unknown row "vgg17"; known: vgg16, '],
    ['vgg16-fast+epoch=1-seed0', 'vgg16-fast+epoch=1-seed0: unknown change "epoch"; did you mean "epochs"?'],
  ])('%s is refused', (id, message) => expect(() => parseJobId(id)).toThrow(message))

  test('are names of files', () => {
    for (const { id } of rows) expect(id).toMatch(/^[a-z0-9.-]+$/)
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length)
  })
})

describe('rows', () => {
  test('every line of every table has one', () => {
    for (const { lines } of paperTables) for (const line of lines) expect(rowOf(line.row).id).toBe(line.row)
  })

  test('every row is in a table', () => {
    const used = new Set(paperTables.flatMap(({ lines }) => lines.map(({ row }) => row)))
    expect(rows.map(({ id }) => id).filter((id) => !used.has(id))).toEqual([])
  })

  test('are run once, however many tables they are in', () => {
    const all = jobsOf(paperTables, { recipe: 'fast', changes: {}, seeds: [0, 1] })
    expect(all.map(jobId).filter((id) => id.startsWith('ghost-vgg16-s2-'))).toEqual([
      'ghost-vgg16-s2-fast-seed0',
      'ghost-vgg16-s2-fast-seed1',
    ])
    expect(new Set(all.map(jobId)).size).toBe(all.length)
    expect(all.filter(({ row }) => row.kind === 'trained').length).toBe(24)
  })
})

describe('recipes', () => {
  const trained = rows.filter((row) => row.kind === 'trained')

  test.each(recipeNames)('%s makes a configuration of every trained row', (recipe) => {
    for (const row of trained) {
      expect(jobConfig({ row, recipe, changes: {}, seed: 3 })).toMatchObject({
        ...recipes[recipe],
        seed: 3,
        data: 'cifar10',
      })
    }
  })

  test('paper is 64,000 steps in whole epochs, a tenth of the rate after half and three quarters', () => {
    const steps = Math.floor(50_000 / recipes.paper.batchSize)
    const inEpochs = (n: number) => Math.round(n / steps)
    expect(recipes.paper.epochs).toBe(inEpochs(64_000))
    expect(recipes.paper.milestones).toEqual([32_000, 48_000].map(inEpochs))
  })

  test('changes win over the recipe, and settings of the machine over nothing that decides', () => {
    const config = jobConfig(
      { ...job('ghost-vgg16-s3', { changes: { epochs: 2 } }), row: trained[0]! },
      objectLayer({ threads: 1 }, ''),
    )
    expect(config).toMatchObject({ epochs: 2, batchSize: 128, threads: 1 })
  })
})

describe('two configurations are one', () => {
  const config = jobConfig({
    row: rows[1] as (typeof rows)[1] & { kind: 'trained' },
    recipe: 'fast',
    changes: {},
    seed: 0,
  })

  test('where they differ in the machine alone, or leave out what is a default', () => {
    const { s: _, d: __, ...rest } = config
    expect(configDifferences({ ...rest, threads: 7, dataDir: '/x', out: 'y', logEvery: 3 }, config)).toEqual([])
  })

  test('and not where anything else differs', () => {
    expect(configDifferences({ ...config, s: 3, ema: 0.9, maxSteps: 5 }, config)).toEqual([
      's is 3, expected 2',
      'ema is 0.9, expected 0',
      'maxSteps is 5, expected none',
    ])
  })
})
