import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse, stringify } from 'yaml'
import { z } from 'zod'
import { writeFileAtomic } from '../io/atomic.js'
import { packageRoot } from '../packageRoot.js'
import { ConfigError, DataError } from '../tensor/errors.js'
import type { RunConfig } from '../train/config.js'
import type { StopReason } from '../train/events.js'
import { describeCommit, describeMachine, version } from '../train/machine.js'
import { describeComputation } from '../train/processes.js'
import { type ConfigLayer, objectLayer, readConfig, yamlLayer } from '../train/readConfig.js'
import type { Run } from '../train/run.js'
import { resumeRun, type StartOptions, startRun } from '../train/startRun.js'
import { runFiles } from '../train/weights.js'
import type { Folders } from './folders.js'
import { Lock } from './lock.js'
import { readMetrics } from './runResult.js'
import { configDifferences } from './sameConfig.js'
import { countNetwork } from './structure.js'

/** A recipe for CIFAR-10 in minutes: a file of `configs/`. */
export interface SpeedrunRow {
  /** Name of the file, without `.yaml`; part of the results' names. */
  id: string
  label: string
}

/** The recipes of the race to an accuracy, in the order of the table. */
export const speedrunRows: readonly SpeedrunRow[] = [
  { id: 'speednet-90', label: '90 %: 64, 128, 128 channels' },
  { id: 'speednet', label: '94 %: 64, 256, 256 channels' },
  { id: 'ghost-speednet', label: 'its Ghost form (s = 2, d = 3)' },
  { id: 'speednet-95', label: '95 %: 128, 384, 384 channels' },
]

/** What is published for one GPU (Jordan 2024), accuracies with test-time augmentation. */
export const publishedSpeedruns = {
  source: 'Jordan 2024, https://arxiv.org/abs/2404.00498 and https://github.com/KellerJordan/cifar10-airbench',
  rows: [
    { label: '94 %, Muon', accuracy: '94.01', pflop: 0.29 },
    { label: '94 %, SGD', accuracy: '94.01', pflop: 0.36 },
    { label: '95 %, SGD', accuracy: '95.01', pflop: 1.4 },
  ],
} as const

const share = z.number().min(0).max(1)

const resultSchema = z.strictObject({
  row: z.string(),
  seed: z.number().int(),
  /** Of the last weights on the test images, without test-time augmentation and with it. */
  accuracy: share,
  augmented: share,
  /** All but loading the data: steps and evaluations within the epochs. */
  seconds: z.number(),
  /** 10¹⁵ floating-point operations of the products of training, as plain loops would do them. */
  pflop: z.number(),
  ended: z.string(),
  version: z.string(),
  commit: z.string().nullable(),
  machine: z.string(),
  backend: z.string(),
  run: z.string(),
  config: z.record(z.string(), z.unknown()),
})

/** What a finished run came to: a file under `results/speedrun`. */
export type SpeedrunResult = z.infer<typeof resultSchema>

/** One run of a row. */
export interface SpeedrunJob {
  row: SpeedrunRow
  seed: number
}

/** How a job is run. */
export interface SpeedrunOptions extends StartOptions {
  folders: Folders
  /** Settings of the user's: threads, or another budget, which the result then states. */
  changes?: ConfigLayer
  /** Trains the run to its end; default: silently. */
  train?: (run: Run, signal: AbortSignal) => Promise<StopReason>
}

/** `speednet-seed0`: names the run's folder and the result's file. */
export const speedrunId = ({ row, seed }: SpeedrunJob): string => `${row.id}-seed${seed}`

/** @throws ConfigError if there is none of that id */
export function speedrunRow(id: string): SpeedrunRow {
  const row = speedrunRows.find((candidate) => candidate.id === id)
  if (row) return row
  throw new ConfigError(`unknown recipe "${id}"; known: ${speedrunRows.map((known) => known.id).join(', ')}`)
}

export function speedrunConfig({ row, seed }: SpeedrunJob, changes: ConfigLayer = objectLayer({}, '')): RunConfig {
  const file = fileURLToPath(new URL(`configs/${row.id}.yaml`, packageRoot))
  return readConfig(yamlLayer(file), objectLayer({ seed }, 'seed'), changes)
}

const resultFile = ({ results }: Folders, job: SpeedrunJob): string =>
  join(results, 'speedrun', `${speedrunId(job)}.yaml`)

/** The result of a job; null where it is not done. @throws DataError if it is one of another configuration */
export function readSpeedrun(folders: Folders, job: SpeedrunJob, changes?: ConfigLayer): SpeedrunResult | null {
  const file = resultFile(folders, job)
  if (!existsSync(file)) return null
  const { data, error } = resultSchema.safeParse(parse(readFileSync(file, 'utf8')))
  if (!data) throw new DataError(`${file}: not a result of ghostgrad reproduce speedrun (${error.issues[0]!.message})`)
  const wrong = configDifferences(data.config as Partial<RunConfig>, speedrunConfig(job, changes))
  if (wrong.length === 0) return data
  throw new DataError(`${file}: its configuration is not that of the recipe: ${wrong.join('; ')}; move it away`)
}

/** Run one job to its result, going on where an earlier process stopped. */
export async function runSpeedrun(
  job: SpeedrunJob,
  options: SpeedrunOptions,
): Promise<'done' | 'busy' | 'interrupted'> {
  const { folders, changes } = options
  if (readSpeedrun(folders, job, changes)) return 'done'
  const folder = join(folders.runs, 'speedrun', speedrunId(job))
  const lost = new AbortController()
  const lock = Lock.acquire(folder, () => lost.abort())
  if (!lock) return 'busy'
  try {
    const run = await openRun(job, folder, options)
    try {
      const train = options.train ?? ((run, signal) => run.train({}, signal))
      if (!run.isDone && (await train(run, lost.signal)) === 'interrupted') return 'interrupted'
      write(resultFile(folders, job), await resultOf(run, job))
      return 'done'
    } finally {
      await run.close()
    }
  } finally {
    lock.release()
  }
}

/** The job's run where it stopped, or a new one. @throws ConfigError if the folder holds another run */
async function openRun(job: SpeedrunJob, folder: string, options: SpeedrunOptions): Promise<Run> {
  const config = speedrunConfig(job, options.changes)
  if (!existsSync(join(folder, runFiles.checkpoint))) {
    rmSync(folder, { recursive: true, force: true }) // it ended before its first checkpoint
    return startRun({ ...config, out: folder }, options)
  }
  const run = await resumeRun(folder, objectLayer({}, ''), options)
  const wrong = configDifferences(run.config, config)
  if (wrong.length === 0) return run
  await run.close()
  throw new ConfigError(`${folder}: holds a run of another configuration (${wrong.join('; ')}): move it away`)
}

async function resultOf({ trainer, config, folder }: Run, { row, seed }: SpeedrunJob): Promise<SpeedrunResult> {
  const { progress, communicator, options } = trainer
  const { trainLoader } = options
  const { model, channels, s, d } = config
  const epochs = await readMetrics(join(folder, runFiles.metrics))
  const { macs } = countNetwork({ model, options: { channels, s, d } as object }, 32)
  const images = progress.epochs * trainer.stepsPerEpoch * trainLoader.batchSize * (config.accumulate ?? 1)
  const { out: _, ...settings } = config
  return {
    row: row.id,
    seed,
    accuracy: epochs.at(-1)!.testAccuracy!,
    augmented: progress.augmented!.accuracy,
    seconds: progress.seconds,
    pflop: (images * macs * 6) / 1e15, // two for a multiply-add, in three passes
    ended: new Date().toISOString(),
    ...{ version, commit: describeCommit(), machine: describeMachine() },
    backend: describeComputation(communicator),
    run: folder,
    config: settings,
  }
}

function write(file: string, result: SpeedrunResult): void {
  mkdirSync(join(file, '..'), { recursive: true })
  writeFileAtomic(file, stringify(resultSchema.parse(result)))
}
