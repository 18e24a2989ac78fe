import type { Command } from 'commander'
import { print, report } from '../print.js'
import { fuzz } from './fuzz.js'

export function addFuzz(program: Command): void {
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
}
