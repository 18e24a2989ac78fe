import { type SpawnOptions, spawn } from 'node:child_process'

/**
 * Exit code of a process, or null if a signal killed it. It is told to stop when `signal` says so, and saves.
 * @param options of `spawn`
 */
export function runProcess(
  [program, ...args]: readonly string[],
  signal: AbortSignal,
  options: Pick<SpawnOptions, 'cwd' | 'stdio'> = {},
): Promise<number | null> {
  // A group of its own: Ctrl-C reaches this process alone, which passes it on once.
  const detached = process.platform !== 'win32'
  const child = spawn(program!, args, { stdio: ['ignore', 'inherit', 'inherit'], detached, ...options })
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
