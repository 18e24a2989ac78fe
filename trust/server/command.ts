import type { Command } from 'commander'
import { print, report } from '../print.js'
import { watchTraining } from './load.js'

export function addServer(program: Command): void {
  program
    .command('server')
    .description('a crowd that watches the dashboard while a network trains')
    .option('--clients <n>', 'who look at once', '200')
    .option('--windows <n>', 'of each kind, in turns', '5')
    .option('--seconds <n>', 'of a window', '8')
    .action(async ({ clients, windows, seconds }: Record<string, string>) => {
      const { alone, watched, events } = await watchTraining(Number(clients), Number(windows), Number(seconds))
      const slower = 1 - watched / alone
      print(
        ['clients', 'steps/s alone', 'watched', 'slower by', 'events each'],
        [[clients!, alone.toFixed(2), watched.toFixed(2), `${(100 * slower).toFixed(1)} %`, events.toFixed(0)]],
      )
      report([
        ...(slower < 0.02 ? [] : [`training is ${(100 * slower).toFixed(1)} % slower while it is watched`]),
        ...(events > 0 ? [] : ['the clients received nothing']),
      ])
    })
}
