import { setTimeout } from 'node:timers/promises'
import Table from 'cli-table3'
import type { Command } from 'commander'
import { jobsOf } from '../src/experiments/jobs.js'
import { type JobStatus, jobStatus } from '../src/experiments/status.js'
import { addExperimentFlags, experimentFlags, tablesOf } from './experimentFlags.js'
import { count, duration, percent } from './format.js'
import { plainTable } from './table.js'

/** Seconds between two looks of `--watch`. */
const lookEvery = 5

export function addStatus(program: Command): void {
  const command = program
    .command('status [table]')
    .description('how far `reproduce` is: runs that are done, running, stopped and pending')
  addExperimentFlags(command)
    .option('--watch', `look again every ${lookEvery} seconds, until nothing is running`)
    .option('--json', 'one JSON array of jobs')
    .addHelpText('after', '\nExamples:\n  $ ghostgrad status\n  $ ghostgrad status table3 --recipe paper --watch')
    .action(async (target = 'all', { watch, json }: { watch?: boolean; json?: boolean }) => {
      const { folders, ...which } = experimentFlags(command)
      const jobs = jobsOf(tablesOf(target), which)
      for (;;) {
        const statuses = await Promise.all(jobs.map((job) => jobStatus(folders, job)))
        if (json) console.log(JSON.stringify(statuses))
        else console.log(`${watch && process.stdout.isTTY ? '\x1b[H\x1b[2J' : ''}${showStatus(statuses)}`)
        if (!watch || !statuses.some(({ state }) => state === 'running')) return
        await setTimeout(1000 * lookEvery)
      }
    })
}

function showStatus(statuses: readonly JobStatus[]): string {
  const table = new Table({ ...plainTable, head: ['run', 'state', 'epochs', 'accuracy', 'time'] })
  for (const status of statuses) table.push([status.id, ...describe(status)])
  const states = ['done', 'running', 'stopped', 'pending'] as const
  const totals = states.map((state) => `${statuses.filter((status) => status.state === state).length} ${state}`)
  return `${table}\n\n${count(statuses.length, 'run')}: ${totals.join(', ')}`
}

function describe({ state, result, owner, progress }: JobStatus): string[] {
  if (result) return [state, String(result.epochs.length), percent(result.accuracy, 2), duration(result.seconds)]
  const where = owner ? `${state} (process ${owner.pid} on ${owner.host})` : state
  if (!progress) return [where, '', '', '']
  const { epochs, ofEpochs, accuracy, secondsLeft } = progress
  const left = secondsLeft === null ? '' : `${duration(secondsLeft)} left`
  return [where, `${epochs.toFixed(1)} of ${ofEpochs}`, accuracy === null ? '' : percent(accuracy, 2), left]
}
