/**
 * Trust: what ghostgrad survives, tried for real. Each part prints a table and fails if anything went wrong.
 *
 *   npm run trust                       all parts, in about ten minutes
 *   npm run trust -- fuzz --seconds 60  damaged files for every reader
 */
import Table from 'cli-table3'
import { Command } from 'commander'
import { plainTable } from '../cli/table.js'
import { faults } from './crashes/faults.js'
import { killTraining } from './crashes/kills.js'
import { fuzz } from './fuzz/fuzz.js'

function print(head: string[], rows: readonly (readonly string[])[]): void {
  const table = new Table({ ...plainTable, head })
  for (const row of rows) table.push([...row])
  console.log(table.toString())
}

const program = new Command('trust')
program
  .command('fuzz')
  .description('damaged files for every reader: a clear error or a right result, and nothing else')
  .argument('[reader]', 'part of a name')
  .option('--seed <n>', 'of the random changes', '0')
  .option('--seconds <n>', 'of each reader', '10')
  .option('--cases <n>', 'of each reader, at most', '1000000')
  .action(async (only: string | undefined, { seed, seconds, cases }: Record<string, string>) => {
    const outcomes = await fuzz({
      seed: Number(seed),
      seconds: Number(seconds),
      cases: Number(cases),
      ...(only ? { only } : {}),
    })
    print(
      ['reader', 'cases', 'read', 'refused', 'slowest, ms', 'memory, MB'],
      outcomes.map(({ reader, cases: tried, read, refused, slowestMs, grownMegabytes }) => [
        ...[reader, String(tried), String(read), String(refused), slowestMs.toFixed(0), grownMegabytes.toFixed(0)],
      ]),
    )
    report(outcomes.flatMap(({ reader, finding }) => (finding === null ? [] : [`${reader}: ${finding}`])))
  })

program
  .command('crashes')
  .description('training killed at random moments, on full and on read-only disks; then gone on with to the same bits')
  .option('--kills <n>', 'how often', '40')
  .option('--seed <n>', 'of the random moments', '0')
  .action(async ({ kills, seed }: Record<string, string>) => {
    const killed = await killTraining({ kills: Number(kills), seed: Number(seed) })
    const broken = await faults()
    print(
      ['fault', 'times', 'and then'],
      [
        [
          'killed (SIGKILL)',
          String(killed.kills),
          `${killed.runs} runs came to the same bits; ${killed.early} kills before a first checkpoint`,
        ],
        ...broken.map(({ fault, times, message }) => [fault, String(times), message]),
      ],
    )
    report([killed, ...broken].flatMap(({ findings }) => findings))
  })

function report(findings: readonly string[]): void {
  for (const finding of findings) console.log(`\n${finding}`)
  if (findings.length > 0) process.exitCode = 1
}

await program.parseAsync()
