import { type Executor, jobCommand, jobExit } from '../executor.js'
import { type Job, jobId } from '../job.js'
import { runProcess } from './process.js'

/**
 * One job after another on this machine, each in a process of its own: its memory goes with it, and its crash does not end the others.
 * A process outlives this one if that is killed, and finishes its job; whoever starts again meanwhile finds that job busy.
 */
export const localExecutor: Executor = {
  async run(jobs, context) {
    const { signal, onNote } = context
    const failed: Job[] = []
    for (const job of jobs) {
      if (signal.aborted) break
      const id = jobId(job)
      const code = await runProcess(jobCommand(context, id), signal)
      if (code === jobExit.busy) onNote(`${id}: another process is at it`)
      else if (code !== jobExit.done && code !== jobExit.interrupted) {
        onNote(`${id}: failed (exit code ${code ?? 'none: it was killed'}); the others go on`)
        failed.push(job)
      }
    }
    if (signal.aborted) onNote('stopped and saved; the same command goes on')
    return failed
  },
}
