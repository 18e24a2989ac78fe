import { setTimeout } from 'node:timers/promises'
import { alone, type Communicator } from '../src/distributed/communicator.js'
import { joinMpi } from '../src/distributed/mpi/communicator.js'
import { launchedBy } from '../src/distributed/mpi/library.js'
import { ConfigError } from '../src/tensor/errors.js'
import { reportError } from './errors.js'

/** Milliseconds that the other processes have to say what they know of a failure, and the launcher to pass it on, before all are ended. */
const lastWords = 1000

/** Do the work of one process of several, if that was asked for; when it fails, it ends the others. */
export async function together(
  how: 'mpi' | undefined,
  work: (communicator: Communicator) => Promise<void>,
): Promise<void> {
  if (how === undefined) {
    refuseToRepeat()
    return work(alone)
  }
  const communicator = await joinMpi()
  try {
    await work(communicator)
  } catch (error) {
    const { rank } = communicator
    // What a user has to mend is the same in all of them: rank 0 says it for all.
    if (rank > 0 && error instanceof ConfigError) await setTimeout(2 * lastWords)
    if (rank > 0 && error instanceof Error) error.message = `rank ${rank}: ${error.message}`
    const code = reportError(error)
    await setTimeout(lastWords)
    communicator.abort(code)
  }
  communicator.close()
}

function refuseToRepeat(): void {
  const launched = launchedBy()
  if (!launched || launched.processes === 1) return
  throw new ConfigError(
    `launched by ${launched.launcher} as one of ${launched.processes} processes, each of which would train on its own; say --distributed mpi to train one network together`,
  )
}
