import type { Cell, ModelRow } from './models.js'
import type { Framework } from './peers.js'
import { isBfloat16Torch, isFloat32Torch } from './torch.js'

const rate = (imagesPerSecond: number): string => imagesPerSecond.toFixed(imagesPerSecond < 10 ? 3 : 1)

/** Images/s of a framework in a row; null where it was not run or failed. */
export function speedOf({ cells }: ModelRow, framework: string): number | null {
  const cell = cells[framework]
  return cell && 'imagesPerSecond' in cell ? cell.imagesPerSecond : null
}

const fastest = (row: ModelRow, counts: (framework: string) => boolean): number | null => {
  const speeds = Object.keys(row.cells).map((name) => (counts(name) ? (speedOf(row, name) ?? 0) : 0))
  return Math.max(...speeds) || null
}

/** Images/s of the fastest way of PyTorch's in 32-bit floats; null where none was measured. */
export const bestFloat32Torch = (row: ModelRow): number | null => fastest(row, isFloat32Torch)

const bfloat16Torch = (row: ModelRow): number | null => fastest(row, isBfloat16Torch)

/** What ghostgrad's images/s are divided by in the last columns. */
const ratios: readonly { head: string; of: (row: ModelRow) => number | null }[] = [
  { head: 'ghostgrad / best PyTorch f32', of: bestFloat32Torch },
  { head: '/ bfloat16', of: bfloat16Torch },
]

function ratio(row: ModelRow, other: number | null): string {
  const ours = speedOf(row, 'ghostgrad')
  return ours && other ? (ours / other).toFixed(2) : ''
}

function show(cell: Cell | undefined, asked: number): string {
  if (!cell) return ''
  if ('failed' in cell) return 'failed'
  return rate(cell.imagesPerSecond) + (cell.batchSize === asked ? '' : ` (batch ${cell.batchSize})`)
}

/** A row in one line, for who waits for the rest. */
export const speeds = (row: ModelRow): string =>
  Object.entries(row.cells)
    .map(([name, cell]) => `${name} ${show(cell, row.batchSize)}`)
    .join(', ')

/** Rows of a table whose columns are the frameworks that took part; its first line is the head. */
export function modelsTable(rows: readonly ModelRow[], frameworks: readonly Framework[]): string[][] {
  const names = frameworks.map(({ name }) => name).filter((name) => rows.some(({ cells }) => cells[name]))
  const compared = ratios.filter(({ of }) => rows.some((row) => ratio(row, of(row)) !== ''))
  const head = ['images/s', 'model', 'batch', 'threads', ...names, ...compared.map((column) => column.head)]
  const lines = rows.map((row) => [
    ...[row.task, row.model, String(row.batchSize), String(row.threads)],
    ...names.map((name) => show(row.cells[name], row.batchSize)),
    ...compared.map(({ of }) => ratio(row, of(row))),
  ])
  return [head, ...lines]
}

/** Below the table: what computed, what is not installed and how to get it, and what failed. */
export function footnotes(rows: readonly ModelRow[], absent: readonly Framework[]): string[] {
  const cells = rows.flatMap((row) => Object.entries(row.cells).map(([name, cell]) => ({ row, name, cell })))
  const backends = cells.flatMap(({ name, cell }) => ('backend' in cell ? [`${name}: ${cell.backend}`] : []))
  const failures = cells.flatMap(({ row: { task, model }, name, cell }) =>
    'failed' in cell ? [`${name}, ${model}, ${task}: ${cell.failed}`] : [],
  )
  return [
    ...new Set(backends),
    ...absent.map(({ name, missing }) => `${name} is not installed: ${missing()}`),
    ...new Set(failures),
  ]
}
