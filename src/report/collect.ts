import { basename } from 'node:path'
import { assembleTable, type TableReport } from '../experiments/assemble.js'
import { type Folders, jobResult } from '../experiments/folders.js'
import { type Job, parseJobId, recipeLabel } from '../experiments/job.js'
import { paperTables } from '../experiments/paper.js'
import { recipeNames } from '../experiments/recipes.js'
import { type Result, readResults } from '../experiments/result.js'
import { canRun, rowOf, rows } from '../experiments/rows.js'

import { DataError } from '../tensor/errors.js'

/** A run whose result is kept. */
export interface StoredRun {
  /** Of its job: `ghost-vgg16-s2-fast-seed0`. */
  id: string
  job: Job
  /** Path of the result. */
  file: string
  result: Result
}

type Recipe = Pick<Job, 'recipe' | 'changes'>

/** The tables that have results by one recipe, over all seeds of which it has some. */
export interface Section extends Recipe {
  /** Its name with changes. */
  label: string
  tables: TableReport[]
}

export interface Collection {
  /** By recipe, row and seed. */
  runs: StoredRun[]
  /** One a recipe that has results; the fast one's where there are none at all. */
  sections: Section[]
  /** Tables whose rows are not trained here. */
  structure: TableReport[]
}

/** Everything that the results in a folder come to. @throws DataError where a file is not the result of the job that it is named after */
export function collect(folders: Folders): Collection {
  const runs = readResults(folders.results)
    .map(({ file }) => storedRun(file, folders))
    .sort(inOrder)
  const trained = paperTables.filter(({ lines }) => lines.some(({ row }) => canRun(rowOf(row))))
  const structure = paperTables.filter((table) => !trained.includes(table))
  const fast: Recipe = { recipe: 'fast', changes: {} }
  const recipes = new Map<string, Recipe>(runs.map(({ job }) => [recipeLabel(job), job]))
  if (recipes.size === 0) recipes.set(recipeLabel(fast), fast)
  return {
    runs,
    sections: [...recipes].map(([label, { recipe, changes }]) => {
      const seeds = runs.filter(({ job }) => recipeLabel(job) === label).map(({ job }) => job.seed)
      const options = { recipe, changes, folders, seeds: seeds.length > 0 ? ascending(seeds) : [0] }
      const tables = trained.map((table) => assembleTable(table, options))
      const begun = tables.filter(({ lines }) => lines.some(({ state }) => state === 'run'))
      return { recipe, changes, label, tables: begun.length > 0 ? begun : tables }
    }),
    structure: structure.map((table) => assembleTable(table, { ...fast, folders, seeds: [] })),
  }
}

function storedRun(file: string, folders: Folders): StoredRun {
  const id = basename(file, '.yaml')
  const job = jobNamed(id, file)
  return { id, job, file, result: jobResult(folders, job)! }
}

function jobNamed(id: string, file: string): Job {
  try {
    return parseJobId(id)
  } catch {
    throw new DataError(
      `${file}: expected the name of a job, such as ghost-vgg16-s2-fast-seed0.yaml; remove or rename it`,
    )
  }
}

const ascending = (numbers: readonly number[]): number[] => [...new Set(numbers)].sort((a, b) => a - b)

function inOrder(a: StoredRun, b: StoredRun): number {
  const places = ({ job }: StoredRun) => [recipeNames.indexOf(job.recipe), rows.indexOf(job.row), job.seed] as const
  const [[recipeA, rowA, seedA], [recipeB, rowB, seedB]] = [places(a), places(b)]
  const [labelA, labelB] = [recipeLabel(a.job), recipeLabel(b.job)]
  return recipeA - recipeB || (labelA === labelB ? 0 : labelA < labelB ? -1 : 1) || rowA - rowB || seedA - seedB
}
