import Table from 'cli-table3'
import { classScores, confusedPairs } from '../src/data/classReport.js'
import { count, integer } from './format.js'
import { plainTable } from './table.js'

/** A matrix of more columns does not fit a terminal. */
const widest = 16
const mostPairs = 10

/** A table of the classes, and which of them are taken for which. */
export function describeClasses(confusion: Int32Array, classes: readonly string[]): string {
  const parts = [scoreTable(confusion, classes)]
  if (classes.length <= widest) parts.push(matrix(confusion, classes))
  else parts.push(pairs(confusion, classes))
  return parts.join('\n\n')
}

/** For programs. */
export const classesJson = (confusion: Int32Array, classes: readonly string[]) => ({
  classes: classScores(confusion, classes),
  confusion: rowsOf(confusion, classes.length),
})

function scoreTable(confusion: Int32Array, classes: readonly string[]): string {
  const head = ['class', 'precision', 'recall', 'F1', 'images']
  const table = new Table({ ...plainTable, head, colAligns: ['left', 'right', 'right', 'right', 'right'] })
  const share = (value: number | null) => (value === null ? '–' : value.toFixed(3))
  for (const { class: name, precision, recall, f1, count } of classScores(confusion, classes)) {
    table.push([name, share(precision), share(recall), share(f1), integer(count)])
  }
  return String(table)
}

function matrix(confusion: Int32Array, classes: readonly string[]): string {
  const head = ['label \\ predicted', ...classes.map((name) => shortName(name))]
  const table = new Table({ ...plainTable, head, colAligns: ['left', ...classes.map(() => 'right' as const)] })
  for (const [label, row] of rowsOf(confusion, classes.length).entries()) {
    table.push([classes[label]!, ...row.map((n) => (n === 0 ? '·' : String(n)))])
  }
  return String(table)
}

function pairs(confusion: Int32Array, classes: readonly string[]): string {
  const all = confusedPairs(confusion, classes)
  const rows = all.slice(0, mostPairs).map(({ label, predicted, count: times }) => {
    return `  ${label} taken for ${predicted}: ${count(times, 'time')}`
  })
  return ['most often confused:', ...rows].join('\n')
}

const rowsOf = (confusion: Int32Array, size: number): number[][] =>
  Array.from({ length: size }, (_, label) => [...confusion.subarray(label * size, (label + 1) * size)])

const shortName = (name: string): string => (name.length > 6 ? `${name.slice(0, 5)}…` : name)
