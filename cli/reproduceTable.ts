import Table from 'cli-table3'
import type { ReportLine, TableReport } from '../src/experiments/assemble.js'
import { nameOf, showCell, showTop1, whyNoAccuracy } from '../src/experiments/cells.js'
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
    const numbers = [...showCell(line.weights, 2), ...showCell(line.flops, 1), ...showTop1(line.top1)]
    grid.push([line.label, ...numbers, ...(hasTop5 ? [line.top5 ?? '–'] : []), origin(line)])
  }
  const title = `${nameOf(table.id)}: ${table.title}; ${table.data}, ${how}`
  const below = [
    ...notes.map((note) => `  ${note}`),
    ...claims.map(({ text, verdict, evidence }) => `  ${verdict}: ${text} (${evidence})`),
  ]
  return [title, '', grid.toString(), ...(below.length > 0 ? ['', ...below] : [])].join('\n')
}

/** Where a line's accuracy comes from. */
function origin(line: ReportLine): string {
  const { results, missing } = line
  return whyNoAccuracy(line) ?? results.join(' ') + (missing.length > 0 ? `; seed ${missing.join(', ')} not run` : '')
}
