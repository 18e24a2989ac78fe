import { join } from 'node:path'
import { pruneRun } from '../prune/pruneRun.js'
import { withBackend } from '../tensor/backend.js'
import { ReferenceBackend } from '../tensor/reference/referenceBackend.js'
import { loadModel } from '../train/trained/openTrained.js'
import { type Folders, jobResult } from './folders.js'
import { type Job, requirementsOf } from './job.js'

/**
 * Where a job's training starts from: for a pruned row, weights made here out of those that its base came to, in a folder inside
 * the run's; for others nothing.
 * @param folder of the run
 */
export function prunedWeights(job: Job, folder: string, folders: Folders): { init?: string } {
  if (job.row.kind !== 'pruned') return {}
  const { plan } = job.row
  const [base] = requirementsOf(job)
  const { run } = jobResult(folders, base!)!
  const init = join(folder, 'pruned')
  withBackend(new ReferenceBackend(), () => pruneRun(loadModel(run), plan, init)) // nothing is computed
  return { init }
}
