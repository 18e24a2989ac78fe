import { type Command, Option } from 'commander'
import { adoptRun } from '../src/experiments/adopt.js'
import { assembleTable } from '../src/experiments/assemble.js'
import { jobExit } from '../src/experiments/executor.js'
import { executors } from '../src/experiments/executors/index.js'
import { jobResult } from '../src/experiments/folders.js'
import { type Job, jobId, parseJobId } from '../src/experiments/job.js'
import { jobsOf } from '../src/experiments/jobs.js'
import { rowOf } from '../src/experiments/rows.js'
import { runJob } from '../src/experiments/runJob.js'
import { ConfigError } from '../src/tensor/errors.js'
import type { ConfigLayer } from '../src/train/readConfig.js'
import { didYouMean } from '../src/train/readConfig.js'
import { dataProgress } from './dataProgress.js'
import { say } from './errors.js'
import {
  addExperimentFlags,
  asFlags,
  type ExperimentFlags,
  experimentFlags,
  pick,
  tablesOf,
} from './experimentFlags.js'
import { addSettings, settingsLayer } from './flags.js'
import { count, percent } from './format.js'
import { mainScript } from './mainScript.js'
import { suggestNewerNode } from './olderNode.js'
import { redisOption } from './redisOption.js'
import { addSpeedrun } from './reproduceSpeedrun.js'
import { showTable } from './reproduceTable.js'
import { addTable8 } from './reproduceTable8.js'
import { addToy } from './reproduceToy.js'
import { Screen } from './screen.js'
import { screenReport } from './trainReport.js'
import { trainRun } from './trainRun.js'

/** Settings that do not decide a result. */
const machineKeys = ['threads', 'backend', 'dataDir', 'offline', 'tensorboard', 'logEvery', 'saveEvery'] as const

interface Flags {
  job?: string
  executor: string
  redis: string
  sbatch: string[]
  run: boolean
  json?: boolean
}

export function addReproduce(program: Command): void {
  const command = program
    .command('reproduce [table]')
    .description("the paper's tables, its numbers beside ours: trains what is missing, going on where it stopped")
  addExperimentFlags(command)
    .option('--executor <name>', `what runs the jobs: ${Object.keys(executors).join(' | ')}`, 'local')
    .addOption(redisOption())
    .addOption(
      new Option('--sbatch <option>', 'slurm: one more option of sbatch, such as partition=main; may be given again')
        .argParser((option, before: string[]) => [...before, option])
        .default([], ''),
    )
    .option('--no-run', 'train nothing: print what there is')
    .option('--job <id>', 'run this one job, as executors do (see: ghostgrad status)')
    .option('--json', 'one JSON array of tables')
  addSettings(command, machineKeys)
    .addHelpText(
      'after',
      `
Tables: table2, figures fig1 and fig4, speedrun and table8 (their own --help), table3 to table7, ghostnet (on CIFAR-10), all.
Tables 6 and 7 are weights and multiply-adds only.

Examples:
  $ ghostgrad reproduce table3
  $ ghostgrad reproduce all --no-run
  $ ghostgrad reproduce table5 --recipe fast --epochs 40 --seeds 0,1,2
  $ ghostgrad reproduce table4 --data cifar10-sample --epochs 1 --results /tmp/results --runs /tmp/runs
  $ ghostgrad reproduce adopt runs/my-run`,
    )
    .action(async (target: string | undefined, { job, run, json, ...how }: Flags) => {
      const machine = pick(settingsLayer(command), machineKeys)
      const flags = experimentFlags(command)
      if (job !== undefined) {
        const wanted = parseJobId(job)
        if (run) return runOne(wanted, flags, machine)
        const result = jobResult(flags.folders, wanted)
        return console.log(
          json ? JSON.stringify(result) : `${job}: ${result ? percent(result.accuracy, 2) : 'not done yet'}`,
        )
      }
      if (target === undefined) throw new ConfigError('reproduce: which table? table3 to table7, ghostnet, or all')
      const tables = tablesOf(target)
      if (run) await runMissing(jobsOf(tables, flags), how, flags, machine)
      const reports = tables.map((table) => assembleTable(table, flags))
      console.log(json ? JSON.stringify(reports) : reports.map(showTable).join('\n\n'))
    })
  command.enablePositionalOptions()
  const adopt = command
    .command('adopt <folder>')
    .description(
      'take over the result of a finished run of `ghostgrad train` whose configuration is that of a row by the recipe',
    )
  addExperimentFlags(adopt)
    .addHelpText('after', '\nExamples:\n  $ ghostgrad reproduce adopt runs/my-run')
    .action(async (folder: string) => {
      const { file, result } = await adoptRun(folder, experimentFlags(adopt))
      const { label } = rowOf(result.row)
      console.log(`${file}: ${label} by ${result.recipe}, seed ${result.seed}: ${percent(result.accuracy, 2)}`)
    })
  addToy(command)
  addSpeedrun(command)
  addTable8(command)
}

/** Run the jobs that have no result yet. Ctrl-C stops after the running step and saves. */
async function runMissing(
  jobs: readonly Job[],
  { executor: name, redis, sbatch }: Pick<Flags, 'executor' | 'redis' | 'sbatch'>,
  flags: ExperimentFlags,
  machine: ConfigLayer,
): Promise<void> {
  const load = executors[name]
  if (!load) {
    const names = Object.keys(executors)
    throw new ConfigError(`--executor: unknown executor "${name}"${didYouMean(name, names)} known: ${names.join(', ')}`)
  }
  const slurm = { sbatch, threads: (machine.values.threads as number | undefined) ?? null }
  const executor = await load({ folders: flags.folders, redis, slurm })
  const pending = jobs.filter((job) => !jobResult(flags.folders, job))
  if (pending.length === 0) return
  suggestNewerNode()
  say(`${count(pending.length, 'run')} to do of ${jobs.length}: ${pending.map(jobId).join(', ')}`)
  const stop = new AbortController()
  const onSignal = (): void => {
    if (stop.signal.aborted) process.exit(jobExit.interrupted)
    stop.abort()
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.on(signal, onSignal)
  const { runs, results } = flags.folders
  const failed = await executor.run(pending, {
    program: [process.execPath, mainScript],
    flags: ['--runs', runs, '--results', results, ...asFlags(machine)],
    signal: stop.signal,
    onNote: say,
  })
  for (const signal of signals) process.off(signal, onSignal)
  if (failed.length > 0) {
    say(`${count(failed.length, 'run')} failed: ${failed.map(jobId).join(', ')}; the same command tries again`)
    process.exitCode = jobExit.failed
  }
  if (stop.signal.aborted) process.exitCode = jobExit.interrupted
}

/** One job in this process, shown as `ghostgrad train` shows a run. */
async function runOne(job: Job, { folders }: ExperimentFlags, machine: ConfigLayer): Promise<void> {
  const screen = new Screen(process.stderr)
  screen.line(`${job.row.label}: ${jobId(job)}`)
  // A worker of a queue that is gone: another one takes the job.
  const orphaned = new AbortController()
  process.on('disconnect', () => orphaned.abort())
  process.channel?.unref()
  const outcome = await runJob(job, {
    folders,
    machine,
    onProgress: dataProgress(screen),
    onNote: (text) => screen.line(text),
    train: (run, signal) => trainRun(run, screenReport(run, screen), AbortSignal.any([signal, orphaned.signal])),
  })
  process.exitCode = jobExit[outcome]
}
