import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Folders, runFolder } from '../experiments/folders.js'
import { writeFileAtomic } from '../io/atomic.js'
import { type LoadedModel, loadModel } from '../train/trained/openTrained.js'
import { runFiles } from '../train/weights.js'
import type { StoredRun } from './collect.js'

/** Something that takes a run's weights to compute. It is kept as a text beside the result, so that later the text is enough. */
export interface Extra {
  /** What the file's name ends with, in place of the result's `.yaml`. */
  ending: string
  compute: (weights: LoadedModel, run: StoredRun) => Promise<string>
}

/** The text of an extra, and whose it is. */
export interface KeptExtra {
  run: StoredRun
  file: string
  text: string
}

/**
 * The extra of the first run that has it or whose weights are still there; null if there is none.
 * @param onCompute told which file will be made
 */
export async function extraOf(
  { ending, compute }: Extra,
  runs: readonly StoredRun[],
  folders: Folders,
  onCompute: (file: string) => void,
): Promise<KeptExtra | null> {
  for (const run of runs) {
    const file = run.file.replace(/\.yaml$/, ending)
    const weights = weightsOf(run, folders)
    if (!existsSync(file)) {
      if (!weights) continue
      onCompute(file)
      writeFileAtomic(file, await compute(loadModel(weights), run))
    }
    return { run, file, text: readFileSync(file, 'utf8') }
  }
  return null
}

/** The folder with a run's weights, where it still is. */
const weightsOf = ({ job, result }: StoredRun, folders: Folders): string | undefined =>
  [result.run, runFolder(folders, job)].find((folder) => existsSync(join(folder, runFiles.model)))
