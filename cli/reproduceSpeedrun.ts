import Table from 'cli-table3'
import type { Command } from 'commander'
import { defaultFolders } from '../src/experiments/folders.js'
import {
  publishedSpeedruns,
  readSpeedrun,
  runSpeedrun,
  type SpeedrunJob,
  type SpeedrunResult,
  speedrunId,
  speedrunRow,
  speedrunRows,
} from '../src/experiments/speedrun.js'
import { dataProgress } from './dataProgress.js'
import { parseSeeds } from './experimentFlags.js'
import { addSettings, settingsLayer } from './flags.js'
import { duration } from './format.js'
import { Screen } from './screen.js'
import { plainTable } from './table.js'
import { screenReport } from './trainReport.js'
import { trainRun } from './trainRun.js'

interface Flags {
  seeds: string
  runs: string
  results: string
  run: boolean
  json?: boolean
}

/** CIFAR-10 in minutes: the recipes of `configs/`, their accuracy and time beside what is published for a GPU. */
export function addSpeedrun(reproduce: Command): void {
  const command = reproduce
    .command('speedrun [recipe...]')
    .description(`CIFAR-10 in minutes: time, operations and accuracy of ${speedrunRows.map(({ id }) => id).join(', ')}`)
    .option('--seeds <n,n,…>', 'one run from each', '0')
    .option('--runs <folder>', 'where runs and checkpoints are kept', defaultFolders.runs)
    .option('--results <folder>', 'where results are kept', defaultFolders.results)
    .option('--no-run', 'train nothing: print what there is')
    .option('--json', 'one JSON array of results')
  addSettings(command, ['data', 'epochs', 'batchSize', 'accumulate', 'threads', 'dataDir', 'offline'])
    .addHelpText(
      'after',
      `
Examples:
  $ ghostgrad reproduce speedrun speednet-90 --seeds 0,1,2,3,4
  $ ghostgrad reproduce speedrun --no-run
  $ ghostgrad reproduce speedrun speednet-90 --data cifar10-sample --epochs 2 --batch-size 50 --results /tmp/results --runs /tmp/runs`,
    )
    .action(async (names: string[], { seeds, runs, results, run, json }: Flags) => {
      const folders = { runs, results }
      const changes = settingsLayer(command)
      const rows = names.length > 0 ? names.map(speedrunRow) : speedrunRows
      const jobs = rows.flatMap((row) => parseSeeds(seeds).map((seed): SpeedrunJob => ({ row, seed })))
      const screen = new Screen(process.stderr)
      for (const job of run ? jobs : []) {
        if (readSpeedrun(folders, job, changes)) continue
        screen.line(speedrunId(job))
        const outcome = await runSpeedrun(job, {
          ...{ folders, changes, onProgress: dataProgress(screen), onNote: (text: string) => screen.line(text) },
          train: (run, signal) => trainRun(run, screenReport(run, screen), signal),
        })
        if (outcome === 'interrupted') process.exitCode = 130
        if (outcome === 'interrupted') break
      }
      const found = jobs.map((job) => ({ job, result: readSpeedrun(folders, job, changes) }))
      if (json) console.log(JSON.stringify(found.flatMap(({ result }) => result ?? [])))
      else console.log(showSpeedruns(found))
    })
}

const hundredths = (share: number): string => (100 * share).toFixed(2)

function showSpeedruns(found: readonly { job: SpeedrunJob; result: SpeedrunResult | null }[]): string {
  const table = new Table({
    ...plainTable,
    head: ['recipe', 'seed', 'accuracy, %', 'augmented, %', 'PFLOP', 'time', 'computed by'],
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right', 'left'],
  })
  for (const { job, result } of found) {
    const start = [`${job.row.id} (${job.row.label})`, String(job.seed)]
    if (!result) table.push([...start, '–', '–', '–', '–', 'not run'])
    else {
      const { accuracy, augmented, pflop, seconds, machine, backend } = result
      const numbers = [hundredths(accuracy), hundredths(augmented), pflop.toFixed(2), duration(seconds)]
      table.push([...start, ...numbers, `${backend}; ${machine}`])
    }
  }
  for (const { label, accuracy, pflop } of publishedSpeedruns.rows) {
    table.push([label, '', '', accuracy, pflop.toFixed(2), '', 'published, one GPU'])
  }
  const below = `Accuracy on the test images after the last epoch, without and with test-time augmentation. Published: ${publishedSpeedruns.source}.`
  return `${table}\n\n${below}`
}
