import { type Command, Option } from 'commander'
import { defaultFolders, type Folders } from '../src/experiments/folders.js'
import { type Changes, changeableByFlag, type Job } from '../src/experiments/job.js'
import { type PaperTable, paperTables } from '../src/experiments/paper.js'
import { recipeNames } from '../src/experiments/recipes.js'
import { ConfigError } from '../src/tensor/errors.js'
import { type ConfigLayer, didYouMean, readConfig } from '../src/train/readConfig.js'
import { flagOf, settingsLayer } from './flags.js'

/** What is to be run, and where it is kept. */
export interface ExperimentFlags extends Pick<Job, 'recipe' | 'changes'> {
  seeds: number[]
  folders: Folders
}

/** Flags that say which jobs are meant. */
export function addExperimentFlags(command: Command): Command {
  return command
    .addOption(new Option('--recipe <name>', 'how to train').choices(recipeNames).default('fast'))
    .option('--seeds <n,n,…>', 'one run from each; accuracies are then means', '0')
    .option('--epochs <n>', "in place of the recipe's; stated with the results, as the next two are")
    .option('--batch-size <n>', "images a training step, in place of the recipe's")
    .option('--data <name>', 'cifar10-sample: a short form, to try things out')
    .option('--runs <folder>', 'where runs and checkpoints are kept', defaultFolders.runs)
    .option('--results <folder>', 'where results are kept', defaultFolders.results)
}

export function experimentFlags(command: Command): ExperimentFlags {
  const { recipe, seeds, runs, results } = command.opts()
  const given = settingsLayer(command)
  const changes = pick(given, changeableByFlag)
  readConfig(changes) // refuses what is out of range
  return { recipe, changes: changes.values as Changes, seeds: parseSeeds(seeds), folders: { runs, results } }
}

/** The layer with only these settings, in this order. */
export const pick = ({ values, label }: ConfigLayer, keys: readonly string[]): ConfigLayer => ({
  values: Object.fromEntries(keys.filter((key) => key in values).map((key) => [key, values[key]])),
  label,
})

/** `0,1,2` */
export function parseSeeds(text: string): number[] {
  const seeds = text.split(',').map((part) => (/^\d+$/.test(part) ? Number(part) : Number.NaN))
  if (seeds.every(Number.isSafeInteger) && new Set(seeds).size === seeds.length) return seeds
  throw new ConfigError(`--seeds: expected different whole numbers such as 0,1,2, got "${text}"`)
}

/** The tables that a word means: one of them, or all. */
export function tablesOf(target: string): readonly PaperTable[] {
  const ids = [...paperTables.map(({ id }) => id), 'all']
  if (!ids.includes(target)) {
    throw new ConfigError(`unknown table "${target}"${didYouMean(target, ids)} known: ${ids.join(', ')}`)
  }
  return paperTables.filter(({ id }) => target === 'all' || target === id)
}

/** A layer as the flags that would give it. */
export const asFlags = ({ values }: ConfigLayer): string[] =>
  Object.entries(values).flatMap(([key, value]) => (value === true ? [flagOf(key)] : [flagOf(key), String(value)]))
