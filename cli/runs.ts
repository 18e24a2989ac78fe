import { basename } from 'node:path'
import Table from 'cli-table3'
import type { Command } from 'commander'
import { differences } from '../src/serve/differences.js'
import { findRuns } from '../src/serve/findRuns.js'
import { WatchedRun } from '../src/serve/watchedRun.js'
import { ConfigError } from '../src/tensor/errors.js'
import { latestRun, runsFolder } from '../src/train/latestRun.js'
import { percent } from './format.js'
import { plainTable } from './table.js'

export function addRuns(program: Command): void {
  const command = program
    .command('runs [folder]')
    .description('the runs in a folder, the latest first: how far they are and how good')
    .option('--name <text>', 'only runs whose name has this in it')
    .option(
      '--json',
      'one JSON array: {id, folder, model, data, state, epochs, ofEpochs, accuracy, bestAccuracy, judgedBy, …}',
    )
    .addHelpText(
      'after',
      `
Examples:
  $ ghostgrad runs
  $ ghostgrad runs experiments --name resnet56
  $ ghostgrad runs compare runs/one runs/two
  $ ghostgrad runs latest resnet20
  $ ghostgrad eval --weights latest`,
    )
    .action(async (folder: string = runsFolder, { name = '', json }: { name?: string; json?: boolean }) => {
      const runs = (await readRuns(folder)).filter(({ id }) => id.includes(name))
      if (json) return console.log(JSON.stringify(runs))
      console.log(runs.length === 0 ? `no runs in ${folder}` : listOf(runs))
    })
  command
    .command('compare <run...>')
    .description('the settings in which runs differ, and what came of them')
    .option('--json', 'one JSON object: {runs, settings: {key: [values]}}')
    .addHelpText('after', '\nExamples:\n  $ ghostgrad runs compare runs/one runs/two')
    .action(async (folders: string[], { json }: { json?: boolean }) => {
      if (folders.length < 2) throw new ConfigError('runs compare: expected at least two runs')
      const watched = await Promise.all(folders.map((folder) => openRun(folder)))
      const settings = differences(watched.map(({ config }) => config))
      if (json) return console.log(JSON.stringify({ runs: watched.map(({ summary }) => summary), settings }))
      const table = new Table({ ...plainTable, head: ['', ...folders.map((folder) => basename(folder))] })
      for (const [key, values] of Object.entries(settings)) table.push([key, ...values.map(show)])
      table.push(['epochs', ...watched.map(({ summary }) => String(summary.epochs))])
      table.push(['best accuracy', ...watched.map(({ summary }) => accuracy(summary.bestAccuracy))])
      console.log(String(table))
    })
  command
    .command('latest [name]')
    .description('the folder of the run that wrote weights last, of those with this in their names')
    .addHelpText('after', '\nExamples:\n  $ ghostgrad runs latest resnet20')
    .action((name?: string) => console.log(latestRun(name)))
}

async function readRuns(root: string) {
  const found = await findRuns(root)
  const runs = await Promise.all(
    found.map(async (run) => ({ folder: run.folder, ...(await new WatchedRun(run).refresh()) })),
  )
  return runs.sort((a, b) => b.updated - a.updated)
}

type ListedRun = Awaited<ReturnType<typeof readRuns>>[number]

function listOf(runs: readonly ListedRun[]): string {
  const head = ['run', 'model', 'data', 'state', 'epochs', 'accuracy', 'best', 'of', 'last log']
  const table = new Table({ ...plainTable, head })
  for (const run of runs) {
    const { id, model, data, state, epochs, ofEpochs, judgedBy, updated } = run
    const time = new Date(updated).toISOString().slice(0, 16).replace('T', ' ')
    table.push([
      id,
      model,
      data,
      state,
      `${epochs}/${ofEpochs ?? '?'}`,
      accuracy(run.accuracy),
      accuracy(run.bestAccuracy),
      judgedBy,
      time,
    ])
  }
  return String(table)
}

const accuracy = (value: number | null): string => (value === null ? '' : percent(value, 2))

async function openRun(folder: string) {
  const [found] = await findRuns(folder)
  if (!found) throw new ConfigError(`${folder}: expected the folder of a run`)
  const run = new WatchedRun(found)
  const summary = await run.refresh()
  return { summary, config: run.info?.config ?? {} }
}

const show = (value: unknown): string =>
  value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value)
