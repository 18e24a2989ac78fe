import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { differences } from '../../src/experiments/differences.js'
import { agrees, assembleTable, type Cell, paperTables, rows, structureOf } from '../../src/experiments/index.js'
import { createModel } from '../../src/models/registry.js'
import { setBackend } from '../../src/tensor/backend.js'
import { zeros } from '../../src/tensor/create.js'
import { WasmBackend } from '../../src/tensor/wasm/wasmBackend.js'

/** Weights and multiply-adds of every network that is built here. Most are PyTorch's too: test/models/counts.test.ts. */
const COUNTS: Record<string, [weights: number, macs: number]> = {
  vgg16: [14_986_698, 313_463_808],
  'ghost-vgg16-s2': [7_651_050, 158_699_520],
  'ghost-vgg16-d1': [7_634_410, 157_855_744],
  'ghost-vgg16-d5': [7_684_330, 160_387_072],
  'ghost-vgg16-d7': [7_734_250, 162_918_400],
  'ghost-vgg16-s3': [5_219_210, 107_995_752],
  'ghost-vgg16-s4': [3_983_226, 81_317_376],
  'ghost-vgg16-s5': [3_270_604, 66_596_112],
  resnet56: [853_018, 125_485_696],
  'ghost-resnet56': [438_154, 65_286_784],
  'ghostnet-0.5-cifar': [1_319_102, 4_272_192],
  'ghostnet-1.0-cifar': [3_914_318, 13_935_872],
  'l1-vgg16': [5_396_010, 206_279_680],
  'l1-resnet56': [735_712, 90_907_264],
  resnet50: [25_557_032, 4_089_184_256],
  'ghost-resnet50-s2': [13_953_512, 2_151_023_360],
  'ghost-resnet50-s4': [8_151_752, 1_181_942_912],
  'ghostnet-0.5': [2_587_292, 42_328_152],
  'ghostnet-1.0': [5_182_508, 141_150_512],
  'ghostnet-1.3': [7_358_820, 227_003_256],
  'mobilenetv1-0.5': [1_331_592, 149_497_088],
  'mobilenetv2-0.35': [1_677_128, 59_285_808],
  'mobilenetv2-0.6': [2_217_000, 150_958_928],
  'mobilenetv2-1.0': [3_504_872, 300_774_272],
  'mobilenetv3-small-0.75': [2_041_872, 43_399_344],
  'mobilenetv3-large-0.75': [3_993_528, 154_560_624],
  'mobilenetv3-large-1.0': [5_483_032, 216_589_760],
  'shufflenetv1-0.5-g8': [1_011_448, 40_469_760],
  'shufflenetv1-1.0-g3': [1_865_728, 137_460_672],
  'shufflenetv2-0.5': [1_366_792, 40_476_448],
  'shufflenetv2-1.0': [2_278_604, 144_907_992],
  'shufflenetv2-1.5': [3_503_624, 295_759_392],
  'mnasnet-a1': [3_887_038, 311_579_072],
}

const built = rows.filter(({ kind }) => kind !== 'quoted')

test('every row that is built is counted', () => {
  expect(Object.keys(COUNTS)).toEqual(built.map(({ id }) => id))
})

test.each(built.map((row) => [row.id, row] as const))('%s', (id, row) => {
  const { weights, macs } = structureOf(row)!
  expect([weights, macs]).toEqual(COUNTS[id])
})

test('a row that is not built has no counts', () => {
  for (const row of rows) if (!built.includes(row)) expect(structureOf(row), row.id).toBeNull()
})

const options = { recipe: 'fast', changes: {}, seeds: [0], folders: { runs: 'none', results: 'none' } } as const

describe("the paper's numbers, as far as it rounded, or the reason why not:", () => {
  const lines = paperTables.flatMap((table) =>
    assembleTable(table, options).lines.map((line) => [`${table.id}: ${line.label}`, line] as const),
  )
  test.each(lines)('%s', (_, { row, weights, flops }) => {
    const hasReason = differences.some(({ rows }) => rows.includes(row.id))
    expect((agrees(weights) && agrees(flops)) || hasReason).toBe(true)
  })

  test('nothing is off by more than a twelfth that is not named', () => {
    const isFar = ({ paper, ours }: Cell) =>
      paper !== null && ours !== null && Math.abs(ours / Number(paper) - 1) > 1 / 12
    const far = lines.filter(([, { weights, flops }]) => isFar(weights) || isFar(flops)).map(([, { row }]) => row.id)
    expect(far).toEqual(['ghost-resnet50-s4', 'mobilenetv3-small-0.75'])
  })

  test('no reason is given for what agrees', () => {
    const off = new Set(
      lines.filter(([, line]) => !(agrees(line.weights) && agrees(line.flops))).map(([, { row }]) => row.id),
    )
    const named = differences.filter(({ rows }) => !rows.some((row) => off.has(row)))
    expect(named).toEqual([])
  })
})

test('reasons stand below the table, with what is counted beside', () => {
  const { notes } = assembleTable(paperTables.find(({ id }) => id === 'table5')!, options)
  expect(notes).toEqual([
    "Ghost-VGG-16 (s = 2): the first convolution is kept, as the authors answered; the paper's multiply-adds are those with it " +
      'replaced too, cut to whole millions: Ghost-VGG-16 (s = 2) 7.650 M and 158.1 M',
    'Ghost-ResNet-56 (s = 2): no way of counting is known that gives 63 M, and 0.43 M is 0.438 M cut, not rounded; with the first ' +
      'convolution replaced too, which the authors say they did not do: Ghost-ResNet-56 (s = 2) 0.438 M and 65.1 M',
    'l1-ResNet-56: weights are 0.73 M when cut, not rounded; Li et al. print 13.7 % less than the whole network beside them, as ' +
      'counted here',
  ])
})

test('with the first convolution replaced too, all multiply-adds of Tables 3 and 4 are the paper’s, cut to whole millions', () => {
  const notes = paperTables.slice(0, 2).flatMap((table) => assembleTable(table, options).notes)
  const counted = notes.join(' ').matchAll(/([ds] = \d) [\d.]+ M and ([\d.]+) M/g)
  for (const [, label, macs] of counted) {
    const line = paperTables.flatMap(({ lines }) => lines).find((candidate) => candidate.label === label)!
    expect(String(Math.floor(Number(macs))), label).toBe(line.flops)
  }
})

describe('networks that are only counted compute, too', () => {
  const networks = rows.flatMap((row) => (row.kind === 'structure' ? [[row.id, row.network] as const] : []))
  const backend = new WasmBackend({ threads: 1 })
  beforeAll(() => setBackend(backend))
  afterAll(() => backend.close())
  test.each(networks)('%s', (_, { model, options }) => {
    const small = { ...options, numClasses: 3, ...(model === 'ghostnet' ? { inputSize: 32 as const } : {}), seed: 0 }
    const logits = createModel(model, small)
      .eval()
      .call(zeros([1, 3, 32, 32]))
    expect(logits.shape).toEqual([1, 3])
    expect(logits.data.every(Number.isFinite)).toBe(true)
  })
})
