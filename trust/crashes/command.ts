import type { Command } from 'commander'
import { print, report } from '../print.js'
import { killFilling } from './cacheKills.js'
import { faults } from './faults.js'
import { killTraining } from './kills.js'

export function addCrashes(program: Command): void {
  program
    .command('crashes')
    .description(
      'training and caching killed at random moments, on full and on read-only disks; then gone on with to the same bits',
    )
    .option('--kills <n>', 'how often training is; commands that fill a cache a quarter as often', '40')
    .option('--seed <n>', 'of the random moments', '0')
    .action(async ({ kills, seed }: Record<string, string>) => {
      const killed = await killTraining({ kills: Number(kills), seed: Number(seed) })
      const filling = await killFilling({ kills: Number(kills) / 4, seed: Number(seed) })
      const broken = await faults()
      print(
        ['fault', 'times', 'and then'],
        [
          [
            'training killed (SIGKILL)',
            String(killed.kills),
            `${killed.runs} runs came to the same bits; ${killed.early} kills before a first checkpoint`,
          ],
          [
            'data killed (SIGKILL)',
            String(filling.kills),
            `${filling.runs} caches came to the same files; ${filling.early} kills before a first file`,
          ],
          ...broken.map(({ fault, times, message }) => [fault, String(times), message]),
        ],
      )
      report([killed, filling, ...broken].flatMap(({ findings }) => findings))
    })
}
