import type { Job } from './job.js'
import { jobId, requirementsOf } from './job.js'
import type { PaperTable } from './paper.js'
import { canRun, rowOf } from './rows.js'

/** The jobs of tables, each once, after those that it needs. */
export function jobsOf(
  tables: readonly PaperTable[],
  { recipe, changes, seeds }: Pick<Job, 'recipe' | 'changes'> & { seeds: readonly number[] },
): Job[] {
  const rows = tables.flatMap((table) => table.lines.map((line) => rowOf(line.row))).filter(canRun)
  const jobs = seeds.flatMap((seed) => rows.map((row): Job => ({ row, recipe, changes, seed })))
  const withNeeded = jobs.flatMap((job) => [...requirementsOf(job), job])
  return [...new Map(withNeeded.map((job) => [jobId(job), job])).values()]
}
