import Table from 'cli-table3'
import type { Cell, ReportLine, TableReport } from '../src/experiments/assemble.js'
import type { Accuracy } from '../src/experiments/measure.js'
import { count } from './format.js'
import { plainTable } from './table.js'

/** A table for the terminal: the paper's numbers, ours and the differences; what differs and why; what the paper concludes. */
export function showTable({ table, recipe, epochs, seeds, lines, notes, claims }: TableReport): string {
  const isTrained = lines.some(({ state }) => state === 'run' || state === 'not run')
  const how = isTrained
    ? `recipe ${recipe} (${count(epochs, 'epoch')}), ${seeds.length > 1 ? 'seeds' : 'seed'} ${seeds.join(', ')}`
    : 'weights and multiply-adds only'
  const hasTop5 = lines.some(({ top5 }) => top5 !== null)
  const right = Array<'right'>(hasTop5 ? 10 : 9).fill('right')
  const grid = new Table({ ...plainTable, colAligns: ['left', ...right, 'left'] })
  const group = (content: string) => ({ content, colSpan: 3, hAlign: 'center' as const })
  const names = ['paper', 'ours', 'diff.']
  grid.push([
    '',
    group('weights, M'),
    group(`multiply-adds, ${table.flopsUnit}`),
    group('top-1, %'),
    ...(hasTop5 ? ['top-5, %'] : []),
    '',
  ])
  grid.push(['', ...names, ...names, ...names, ...(hasTop5 ? ['paper'] : []), 'from'])
  for (const line of lines) {
    const numbers = [...cells(line.weights, 2), ...cells(line.flops, 1), ...accuracyCells(line.top1)]
    grid.push([line.label, ...numbers, ...(hasTop5 ? [line.top5 ?? '–'] : []), origin(line)])
  }
  const title = `${titleOf(table.id)}: ${table.title}; ${table.data}, ${how}`
  const below = [
    ...notes.map((note) => `  ${note}`),
    ...claims.map(({ text, verdict, evidence }) => `  ${verdict}: ${text} (${evidence})`),
  ]
  return [title, '', grid.toString(), ...(below.length > 0 ? ['', ...below] : [])].join('\n')
}

const titleOf = (id: string): string => id.replace(/^table(\d+)$/, 'Table $1').replace(/^ghostnet$/, 'GhostNet')

/** Ours has a digit more than the paper's. */
function cells({ paper, ours }: Cell, defaultDigits: number): [paper: string, ours: string, difference: string] {
  const digits = paper === null ? defaultDigits : (paper.split('.')[1]?.length ?? 0) + 1
  const difference = paper === null || ours === null ? '' : signed(ours - Number(paper), digits)
  return [paper ?? '–', ours?.toFixed(digits) ?? '', difference]
}

function accuracyCells({ paper, ours }: ReportLine['top1']): [paper: string, ours: string, difference: string] {
  if (!ours) return [paper ?? '–', '', '']
  return [paper ?? '–', showOurs(ours), paper === null ? '' : signed(100 * ours.mean - Number(paper), 1)]
}

function showOurs({ mean, spread, seeds }: Accuracy): string {
  const percent = (100 * mean).toFixed(2)
  return seeds > 1 ? `${percent} ± ${(100 * spread).toFixed(2)}` : percent
}

/** `+0.3`, `−5.2` */
function signed(difference: number, digits: number): string {
  const size = Math.abs(difference).toFixed(digits)
  return Number(size) === 0 ? size : `${difference < 0 ? '−' : '+'}${size}`
}

/** Where a line's accuracy comes from. */
function origin({ state, row, results, missing }: ReportLine): string {
  if (state === 'structure') return 'not trained here'
  if (state === 'quoted') return 'quoted by the paper'
  if (state === 'not run') return row.kind === 'pruned' ? `not run (${row.method} pruning)` : 'not run'
  return results.join(' ') + (missing.length > 0 ? `; seed ${missing.join(', ')} not run` : '')
}
