import type { Cell, ReportLine } from './assemble.js'
import type { Accuracy } from './measure.js'

/** A number of a table as it is shown, wherever it is: the paper's, ours, and ours less the paper's. Empty where there is none. */
export type Shown = [paper: string, ours: string, difference: string]

/** Weights and multiply-adds: ours has a digit more than the paper's. */
export function showCell({ paper, ours }: Cell, defaultDigits: number): Shown {
  const digits = paper === null ? defaultDigits : (paper.split('.')[1]?.length ?? 0) + 1
  const difference = paper === null || ours === null ? '' : signed(ours - Number(paper), digits)
  return [paper ?? '–', ours?.toFixed(digits) ?? '', difference]
}

/** Accuracies in percent. */
export function showTop1({ paper, ours }: ReportLine['top1']): Shown {
  if (!ours) return [paper ?? '–', '', '']
  return [paper ?? '–', showOurs(ours), paper === null ? '' : signed(100 * ours.mean - Number(paper), 1)]
}

/** `86.16`, or of several seeds `86.16 ± 0.21` */
export function showOurs({ mean, spread, seeds }: Accuracy): string {
  const percent = (100 * mean).toFixed(2)
  return seeds > 1 ? `${percent} ± ${(100 * spread).toFixed(2)}` : percent
}

/** `+0.3`, `−5.2` */
function signed(difference: number, digits: number): string {
  const size = Math.abs(difference).toFixed(digits)
  return Number(size) === 0 ? size : `${difference < 0 ? '−' : '+'}${size}`
}

/** What stands where a line has no accuracy of ours, or null where it has one. */
export function whyNoAccuracy({ state, row }: ReportLine): string | null {
  if (state === 'structure') return 'not trained here'
  if (state === 'quoted') return 'quoted by the paper'
  if (state === 'not run') return row.kind === 'pruned' ? `not run (${row.method} pruning)` : 'not run'
  return null
}

/** `Table 3`, `GhostNet` */
export const nameOf = (tableId: string): string =>
  tableId.replace(/^table(\d+)$/, 'Table $1').replace(/^ghostnet$/, 'GhostNet')
