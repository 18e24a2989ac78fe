import type { Command } from 'commander'
import { print, report } from '../print.js'
import { faults } from './faults.js'
import { killTraining } from './kills.js'

export function addCrashes(program: Command): void {
  program
    .command('crashes')
    .description(
      'training killed at random moments, on full and on read-only disks; then gone on with to the same bits',
    )
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
}
