import { ConfigError } from '../tensor/errors.js'
import type { PartialConfig, RunConfig } from '../train/config.js'
import { type ConfigLayer, didYouMean, objectLayer, readConfig } from '../train/readConfig.js'
import { type RecipeName, recipeNames, recipes } from './recipes.js'
import { networkOf, type Row, type RunRow, rowOf } from './rows.js'

/** Settings by which a recipe may be changed. What is changed becomes part of the recipe's name. */
export const changeableByFlag = ['epochs', 'batchSize', 'data'] as const

/** Settings that differ from those of a recipe. */
export type Changes = Pick<PartialConfig, (typeof changeableByFlag)[number]>

/** One run: a row by a recipe from a seed. Everything that decides its result, so that its id names its files. */
export interface Job {
  row: Row
  recipe: RecipeName
  changes: Changes
  seed: number
}

/** `fast`, `fast+epochs=40+data=cifar10-sample` */
export const recipeLabel = ({ recipe, changes }: Pick<Job, 'recipe' | 'changes'>): string =>
  [recipe, ...changeableByFlag.filter((key) => key in changes).map((key) => `${key}=${changes[key]}`)].join('+')

/** `ghost-vgg16-s2-fast-seed0`: names the run's folder and the result's file, and is what `reproduce --job` takes. */
export const jobId = (job: Job): string => `${job.row.id}-${recipeLabel(job)}-seed${job.seed}`

/** @throws ConfigError if it is no job's id */
export function parseJobId(id: string): Job {
  const pattern = new RegExp(`^(.+)-(${recipeNames.join('|')})((?:\\+.+)?)-seed(\\d+)$`)
  const [, row, recipe, changes, seed] = pattern.exec(id) ?? []
  if (row === undefined) {
    throw new ConfigError(`--job: expected an id such as ghost-vgg16-s2-fast-seed0, got "${id}"`)
  }
  return { row: rowOf(row), recipe: recipe as RecipeName, changes: parseChanges(changes!, id), seed: Number(seed) }
}

function parseChanges(text: string, id: string): Changes {
  const pairs = text
    .split('+')
    .slice(1)
    .map((part) => part.split('=') as [string, string])
  for (const [key] of pairs) {
    if (changeableByFlag.includes(key as keyof Changes)) continue
    throw new ConfigError(
      `${id}: unknown change "${key}"${didYouMean(key, changeableByFlag)} known: ${changeableByFlag.join(', ')}`,
    )
  }
  return Object.fromEntries(pairs.map(([key, value]) => [key, Number.isNaN(Number(value)) ? value : Number(value)]))
}

/**
 * How a pruned network is trained on, as Li et al. 2017 (https://arxiv.org/abs/1608.08710, section 4) did: a quarter of the epochs
 * of the first training, at a constant learning rate of 0.001. All else is the recipe's. Where the weights to start from lie is for
 * the runner to say.
 */
const fineTuning = (epochs: number): PartialConfig => ({
  ...{ init: 'pruned', epochs: Math.max(1, Math.round(epochs / 4)) },
  ...{ lr: 0.001, schedule: 'constant', warmupEpochs: 0, milestones: [] },
})

/** The whole configuration of a row's run. @param machine settings that do not decide the result: threads, folders … */
export function jobConfig(job: Job & { row: RunRow }, machine: ConfigLayer = objectLayer({}, '')): RunConfig {
  const { model, options = {} } = networkOf(job.row)
  const epochs = job.changes.epochs ?? recipes[job.recipe].epochs
  return readConfig(
    objectLayer(recipes[job.recipe], `recipe ${job.recipe}`),
    objectLayer({ model, ...options, seed: job.seed }, `row ${job.row.id}`),
    objectLayer(job.changes, jobId(job)),
    objectLayer(job.row.kind === 'pruned' ? fineTuning(epochs) : {}, `pruning of ${job.row.id}`),
    machine,
  )
}

/** The jobs that must be done before this one. */
export const requirementsOf = (job: Job): Job[] =>
  job.row.kind === 'pruned' ? [{ ...job, row: rowOf(job.row.base) }] : []
