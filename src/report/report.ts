import type { Folders } from '../experiments/folders.js'
import { ConfigError } from '../tensor/errors.js'
import { didYouMean } from '../train/readConfig.js'
import { type Collection, collect, type StoredRun } from './collect.js'
import { type Confusion, confusionExtra, type EvaluationOptions, parseConfusion } from './confusion.js'
import { extraOf, type KeptExtra } from './extra.js'
import { mapsExtra, parseTable2, type Table2, table2Extra } from './toyExtras.js'

/** All that a report shows, in whatever form. */
export interface Report extends Collection {
  confusion: (Confusion & { run: StoredRun }) | null
  /** Figure 4, a network each. */
  maps: { svg: string; run: StoredRun }[]
  table2: (Table2 & { run: StoredRun }) | null
}

export interface ReportOptions extends EvaluationOptions {
  folders: Folders
  /** Id of the run of which there shall be a confusion matrix; default: the most accurate one that has its matrix or its weights. */
  confusionOf?: string
  /** Called before something is computed from weights, with the file that it will be kept in. */
  onCompute?: (file: string) => void
}

/**
 * Put a report together from results. What takes weights is computed where they are, and kept beside the result.
 * @throws DataError if a file among the results is damaged; ConfigError if there is no run `confusionOf`
 */
export async function makeReport(options: ReportOptions): Promise<Report> {
  const { folders, confusionOf, onCompute = () => {}, ...evaluation } = options
  const collection = collect(folders)
  const best = [...collection.runs].sort((a, b) => b.result.accuracy - a.result.accuracy)
  const of = (pattern: RegExp) => best.filter(({ job }) => pattern.test(job.row.id))
  const chosen = confusionOf === undefined ? best : [runNamed(confusionOf, best)]
  const matrix = await extraOf(confusionExtra(evaluation), chosen, folders, onCompute)
  if (confusionOf !== undefined && !matrix) {
    throw new ConfigError(`--confusion: the weights of ${confusionOf} are not here, and its matrix was not kept`)
  }
  const plainMaps = await extraOf(mapsExtra, of(/^vgg16$/), folders, onCompute)
  const ghostMaps = await extraOf(mapsExtra, [...of(/^ghost-vgg16-s2$/), ...of(/^ghost-vgg16-/)], folders, onCompute)
  const pairs = await extraOf(table2Extra, of(/^resnet56$/), folders, onCompute)
  return {
    ...collection,
    confusion: matrix && { run: matrix.run, ...parseConfusion(matrix) },
    maps: [plainMaps, ghostMaps]
      .filter((maps): maps is KeptExtra => maps !== null)
      .map(({ text, run }) => ({ svg: text, run })),
    table2: pairs && { run: pairs.run, ...parseTable2(pairs) },
  }
}

function runNamed(id: string, runs: readonly StoredRun[]): StoredRun {
  const run = runs.find((candidate) => candidate.id === id)
  if (run) return run
  const ids = runs.map((candidate) => candidate.id)
  throw new ConfigError(`--confusion: no result "${id}"${didYouMean(id, ids)} there are: ${ids.join(', ') || 'none'}`)
}
