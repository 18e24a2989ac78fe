import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  assembleTable,
  jobId,
  paperTables,
  readResult,
  readResults,
  rowOf,
  type TableReport,
  writeResult,
} from '../../src/experiments/index.js'
import { temporaryFolders } from '../train/support.js'
import { resultOf } from './support.js'

const newFolder = temporaryFolders()
let results: string
beforeEach(() => {
  results = newFolder()
})

function put(row: string, ...accuracies: number[]): void {
  for (const [seed, accuracy] of accuracies.entries()) {
    const job = {
      row: rowOf(row) as ReturnType<typeof rowOf> & { kind: 'trained' },
      recipe: 'fast',
      changes: {},
      seed,
    } as const
    writeResult(results, jobId(job), resultOf(job, accuracy))
  }
}

const assemble = (id: string, seeds = [0]): TableReport =>
  assembleTable(paperTables.find((table) => table.id === id)!, {
    ...{ recipe: 'fast', changes: {}, seeds, folders: { runs: 'none', results } },
  })

const lineOf = ({ lines }: TableReport, row: string) => lines.find((line) => line.row.id === row)!

describe('a line', () => {
  it('shows a number only with the file that it comes from', () => {
    put('vgg16', 0.92)
    const table = assemble('table3')
    const vgg16 = lineOf(table, 'vgg16')
    expect(vgg16).toMatchObject({ state: 'run', results: [join(results, 'vgg16-fast-seed0.yaml')], missing: [] })
    expect(vgg16.top1.ours!.mean).toBe(0.92)
    expect(lineOf(table, 'ghost-vgg16-d1')).toMatchObject({
      state: 'not run',
      results: [],
      top1: { paper: '93.5', ours: null },
    })
  })

  it('has mean and spread of several seeds, and says which are missing', () => {
    put('vgg16', 0.92, 0.93)
    const { top1, missing } = lineOf(assemble('table3', [0, 1, 2]), 'vgg16')
    expect(top1.ours).toEqual({ mean: expect.closeTo(0.925), spread: expect.closeTo(Math.SQRT1_2 / 100), seeds: 2 })
    expect(missing).toEqual([2])
  })

  it('of one seed has the spread that the number of test images leaves', () => {
    put('vgg16', 0.9)
    expect(lineOf(assemble('table3'), 'vgg16').top1.ours!.spread).toBeCloseTo(0.003)
  })

  it('of another method is quoted, one of ImageNet has structure alone', () => {
    const states = new Set(assemble('table6').lines.map(({ state }) => state))
    expect(states).toEqual(new Set(['structure', 'quoted']))
    expect(lineOf(assemble('table5'), 'sbp-vgg16')).toMatchObject({ state: 'quoted', weights: { ours: null } })
  })
})

describe('claims', () => {
  const verdicts = (id: string, seeds?: number[]) => assemble(id, seeds).claims.map(({ verdict }) => verdict)

  it('are open while rows are missing, which are named', () => {
    put('ghost-vgg16-s2', 0.93)
    expect(assemble('table3').claims).toEqual([
      {
        text: 'd = 3 is the best size of the cheap operation, or within noise of it',
        verdict: 'not decided',
        evidence: 'not run: d = 1, d = 5, d = 7',
      },
    ])
  })

  it.each([
    ['best', 0.93, 'confirmed'],
    ['behind by less than the noise of one seed', 0.915, 'confirmed'],
    ['behind by more', 0.9, 'not confirmed'],
  ])('table 3: d = 3 is %s', (_, accuracy, verdict) => {
    put('ghost-vgg16-s2', accuracy)
    put('ghost-vgg16-d1', 0.92)
    put('ghost-vgg16-d5', 0.91)
    put('ghost-vgg16-d7', 0.91)
    expect(verdicts('table3')).toEqual([verdict])
  })

  it('the noise is that of the seeds where there are several', () => {
    put('ghost-vgg16-s2', 0.915, 0.9151)
    for (const row of ['ghost-vgg16-d1', 'ghost-vgg16-d5', 'ghost-vgg16-d7']) put(row, 0.92, 0.9201)
    expect(verdicts('table3', [0, 1])).toEqual(['not confirmed'])
  })

  it('nothing is confirmed by noise alone', () => {
    put('ghost-vgg16-s2', 0.9, 0.8)
    for (const row of ['ghost-vgg16-d1', 'ghost-vgg16-d5', 'ghost-vgg16-d7']) put(row, 0.92, 0.82)
    expect(verdicts('table3', [0, 1])).toEqual(['not decided'])
  })

  it.each([
    ['slowly', [0.93, 0.925, 0.92, 0.915], 'confirmed'],
    ['by a jump', [0.93, 0.925, 0.9, 0.895], 'not confirmed'],
    ['not at all: it rises', [0.9, 0.905, 0.91, 0.925], 'not confirmed'],
  ])('table 4: accuracy falls %s', (_, accuracies, verdict) => {
    for (const [i, accuracy] of accuracies.entries()) put(`ghost-vgg16-s${i + 2}`, accuracy)
    expect(verdicts('table4')).toEqual([verdict])
  })

  it('table 5: Ghost is near its plain form at half the cost', () => {
    put('vgg16', 0.93)
    put('ghost-vgg16-s2', 0.925)
    put('resnet56', 0.93)
    put('ghost-resnet56', 0.9)
    const [vgg, resnet] = assemble('table5').claims
    expect(vgg).toMatchObject({
      verdict: 'confirmed',
      evidence: '92.50 ± 0.26 against 93.00 ± 0.26 for 51 % of the multiply-adds; noise 0.7',
    })
    expect(resnet!.verdict).toBe('not confirmed')
  })
})

describe('result files', () => {
  it('come back as they were written', () => {
    put('vgg16', 0.92)
    const { file, result } = readResults(results)[0]!
    expect(file).toBe(join(results, 'vgg16-fast-seed0.yaml'))
    expect(result).toEqual(readResult(results, 'vgg16-fast-seed0'))
    expect(result.accuracy).toBe(0.92)
  })

  it('that are none are refused', () => {
    const file = join(results, 'vgg16-fast-seed0.yaml')
    writeFileSync(file, 'row: vgg16\n')
    expect(() => assemble('table3')).toThrow(`${file}: not a result of ghostgrad reproduce (recipe: `)
    writeFileSync(file, 'row: [')
    expect(() => assemble('table3')).toThrow(`${file}: not a result of ghostgrad reproduce (`)
  })

  it('of another configuration are refused', () => {
    const job = {
      row: rowOf('vgg16') as ReturnType<typeof rowOf> & { kind: 'trained' },
      recipe: 'fast',
      changes: {},
      seed: 0,
    } as const
    const result = resultOf(job, 0.9)
    writeResult(results, jobId(job), { ...result, config: { ...result.config, weightDecay: 0 } })
    expect(() => assemble('table3')).toThrow(
      'vgg16-fast-seed0.yaml: its configuration is not that of the job: weightDecay is 0, expected 0.0005',
    )
  })
})
