import type { Cell, ModelRow } from './models.js'
import type { Framework } from './peers.js'

const rate = (imagesPerSecond: number): string => imagesPerSecond.toFixed(imagesPerSecond < 10 ? 3 : 1)

/** Images/s of a framework in a row; null where it was not run or failed. */
export function speedOf({ cells }: ModelRow, framework: string): number | null {
  const cell = cells[framework]
  return cell && 'imagesPerSecond' in cell ? cell.imagesPerSecond : null
}

/** Ghostgrad's images/s over PyTorch's. */
export function ratioToTorch(row: ModelRow): number | null {
  const [ours, theirs] = [speedOf(row, 'ghostgrad'), speedOf(row, 'PyTorch')]
  return ours && theirs ? ours / theirs : null
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
  const withRatio = rows.some((row) => ratioToTorch(row) !== null)
  const head = ['images/s', 'model', 'batch', 'threads', ...names, ...(withRatio ? ['ghostgrad / PyTorch'] : [])]
  const lines = rows.map((row) => [
    ...[row.task, row.model, String(row.batchSize), String(row.threads)],
    ...names.map((name) => show(row.cells[name], row.batchSize)),
    ...(withRatio ? [ratioToTorch(row)?.toFixed(2) ?? ''] : []),
  ])
  return [head, ...lines]
}

/** Below the table: what is not installed and how to get it, and what failed. */
export function footnotes(rows: readonly ModelRow[], absent: readonly Framework[]): string[] {
  const failures = rows.flatMap(({ task, model, cells }) =>
    Object.entries(cells).flatMap(([name, cell]) =>
      'failed' in cell ? [`${name}, ${model}, ${task}: ${cell.failed}`] : [],
    ),
  )
  return [...absent.map(({ name, missing }) => `${name} is not installed: ${missing()}`), ...new Set(failures)]
}
