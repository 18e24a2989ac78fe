import type { Command } from 'commander'
import { runWorker } from '../src/experiments/executors/bullmq/worker.js'
import { say } from './errors.js'
import { mainScript } from './mainScript.js'
import { suggestNewerNode } from './olderNode.js'
import { redisOption } from './redisOption.js'

export function addWorker(program: Command): void {
  program
    .command('worker')
    .description(
      'run what `reproduce --executor bullmq` puts in the queue, one run at a time; on any number of machines',
    )
    .addOption(redisOption())
    .addHelpText('after', '\nExamples:\n  $ ghostgrad worker --redis redis://:password@cluster:6379')
    .action(async ({ redis }: { redis: string }) => {
      suggestNewerNode()
      const stop = new AbortController()
      const onSignal = (): void => {
        if (stop.signal.aborted) process.exit(130)
        say('stopping: what is running saves, and goes back to the queue')
        stop.abort()
      }
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal)
      await runWorker({ redis, program: [process.execPath, mainScript], signal: stop.signal, onNote: say })
    })
}
