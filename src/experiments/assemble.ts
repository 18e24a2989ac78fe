import { claims, type Verdict } from './claims.js'
import { differences } from './differences.js'
import { type Folders, jobResult, resultFile } from './folders.js'
import { type Job, recipeLabel } from './job.js'
import { type Accuracy, accuracyOf } from './measure.js'
import type { PaperLine, PaperTable, Printed } from './paper.js'
import { recipes } from './recipes.js'
import { canRun, type Row, rowOf } from './rows.js'
import { countNetwork, type Structure, structureOf } from './structure.js'

/** A number of the paper's, as printed, and ours in the same unit. */
export interface Cell {
  paper: Printed
  ours: number | null
}

/** A line of a table: one network, with the cells of all columns. */
export interface ReportLine {
  label: string
  row: Row
  /** Millions. */
  weights: Cell
  /** Multiply-adds in the table's unit. */
  flops: Cell
  /** Test accuracy; the paper's in percent. */
  top1: { paper: Printed; ours: Accuracy | null }
  top5: Printed
  /** Where `top1.ours` comes from: files of results, one a seed that was run. */
  results: string[]
  /** `run`, with `missing` seeds if some were not; `not run`; `structure`: never trained here; `quoted`: nothing of it is ours. */
  state: 'run' | 'not run' | 'structure' | 'quoted'
  missing: number[]
}

/** A table with the paper's numbers and ours: what is printed, in whatever form. */
export interface TableReport {
  table: PaperTable
  /** Its name with changes, as in the names of results. */
  recipe: string
  epochs: number
  seeds: readonly number[]
  lines: ReportLine[]
  /** Why numbers of structure differ from the paper's. */
  notes: string[]
  claims: ({ text: string } & Verdict)[]
}

/** Which results a table is made of. */
export interface ReportOptions extends Pick<Job, 'recipe' | 'changes'> {
  seeds: readonly number[]
  folders: Folders
}

/** Put a table together from built networks and from the results that there are. */
export function assembleTable(table: PaperTable, options: ReportOptions): TableReport {
  const lines = table.lines.map((line) => assembleLine(line, table, options))
  return {
    table,
    recipe: recipeLabel(options),
    epochs: options.changes.epochs ?? recipes[options.recipe].epochs,
    seeds: options.seeds,
    lines,
    notes: notesOn(table, lines),
    claims: claimsOn(table, lines),
  }
}

function assembleLine(
  line: PaperLine,
  { flopsUnit }: PaperTable,
  { recipe, changes, seeds, folders }: ReportOptions,
): ReportLine {
  const row = rowOf(line.row)
  const jobs = canRun(row) ? seeds.map((seed): Job => ({ row, recipe, changes, seed })) : []
  const runs = jobs.map((job) => ({ job, result: jobResult(folders, job) }))
  const done = runs.flatMap(({ job, result }) => (result ? [{ job, result }] : []))
  const structure = done[0]?.result.structure ?? structureOf(row)
  return {
    label: line.label,
    row,
    weights: { paper: line.weights, ours: structure && structure.weights / 1e6 },
    flops: { paper: line.flops, ours: structure && structure.macs / (flopsUnit === 'B' ? 1e9 : 1e6) },
    top1: { paper: line.top1, ours: accuracyOf(done.map(({ result }) => result)) },
    top5: line.top5,
    results: done.map(({ job }) => resultFile(folders, job)),
    state: !canRun(row) ? row.kind : done.length > 0 ? 'run' : 'not run',
    missing: runs.flatMap(({ job, result }) => (result ? [] : [job.seed])),
  }
}

/** Whether rounding ours as far as the paper did gives the paper's number. */
export function agrees({ paper, ours }: Cell): boolean {
  if (paper === null || ours === null) return true
  return ours.toFixed(paper.split('.')[1]?.length ?? 0) === paper
}

function notesOn({ flopsUnit }: PaperTable, lines: readonly ReportLine[]): string[] {
  return differences.flatMap(({ rows, why, also }) => {
    const named = lines.filter(
      ({ row, weights, flops }) => rows.includes(row.id) && !(agrees(weights) && agrees(flops)),
    )
    if (named.length === 0) return []
    const note = `${named.map(({ label }) => label).join('; ')}: ${why}`
    if (!also) return [note]
    const counts = named.map(({ label, row }) => `${label} ${showStructure(variantOf(row, also), flopsUnit)}`)
    return [`${note}: ${counts.join(', ')}`]
  })
}

function variantOf(row: Row, options: object): Structure {
  if (row.kind !== 'trained') throw new Error(`internal: row ${row.id} has no variants`)
  return countNetwork({ ...row.network, options: { ...row.network.options, ...options } }, 32)
}

const showStructure = ({ weights, macs }: Structure, unit: 'M' | 'B'): string =>
  `${(weights / 1e6).toFixed(3)} M and ${(macs / (unit === 'B' ? 1e9 : 1e6)).toFixed(1)} ${unit}`

function claimsOn({ id }: PaperTable, lines: readonly ReportLine[]): TableReport['claims'] {
  const lineOf = (row: string) => lines.find((line) => line.row.id === row)!
  const known = {
    accuracy: (row: string) => lineOf(row).top1.ours,
    structure: (row: string) => structureOf(lineOf(row).row)!,
    label: (row: string) => lineOf(row).label,
  }
  return claims
    .filter(({ table }) => table === id)
    .map(({ text, rows, decide }) => {
      const missing = rows.filter((row) => !known.accuracy(row)).map(known.label)
      const open = { verdict: 'not decided', evidence: `not run: ${missing.join(', ')}` } as const
      return { text, ...(missing.length > 0 ? open : decide(known)) }
    })
}
