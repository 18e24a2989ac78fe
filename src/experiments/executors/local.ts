import { spawn } from 'node:child_process'
import type { Executor, ExecutorContext } from '../executor.js'
import { jobExit } from '../executor.js'
import { type Job, jobId } from '../job.js'

/**
 * One job after another on this machine, each in a process of its own: its memory goes with it, and its crash does not end the others.
 * A process outlives this one if that is killed, and finishes its job; whoever starts again meanwhile finds that job busy.
 */
export const localExecutor: Executor = {
  async run(jobs, context) {
    const failed: Job[] = []
    for (const job of jobs) {
      if (context.signal.aborted) break
      const code = await runProcess(job, context)
      if (code === jobExit.busy) context.onNote(`${jobId(job)}: another process is at it`)
      else if (code !== jobExit.done && code !== jobExit.interrupted) {
        context.onNote(`${jobId(job)}: failed (exit code ${code ?? 'none: it was killed'}); the others go on`)
        failed.push(job)
      }
    }
    return failed
  },
}

/** Exit code of the process, or null if a signal killed it. It is told to stop when the user asks for it, and saves. */
function runProcess(job: Job, { command, signal }: ExecutorContext): Promise<number | null> {
  const [program, ...args] = command(job)
  // A group of its own: Ctrl-C reaches this process alone, which passes it on once.
  const child = spawn(program, args, {
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: process.platform !== 'win32',
  })
  const stop = () => void child.kill('SIGTERM')
  signal.addEventListener('abort', stop, { once: true })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      signal.removeEventListener('abort', stop)
      resolve(code)
    })
  })
}
