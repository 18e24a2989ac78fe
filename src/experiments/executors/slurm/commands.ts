import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { GhostgradError } from '../../../tensor/errors.js'

/** Submit a script: the id of the job, or null where there is no sbatch. @throws GhostgradError with what sbatch has against it */
export async function submit(script: string): Promise<string | null> {
  const output = await slurm('sbatch', '--parsable', script)
  return output && output.trim().split(';')[0]!
}

/** Jobs that are in arrays of ours that Slurm has, waiting or running. @param folder below which their files are */
export async function queuedIds(folder: string): Promise<Set<string>> {
  const output = (await slurm('squeue', '--me', '--noheader', '--array', '--name=ghostgrad', '--format=%K %k')) ?? ''
  const tasks = output.split('\n').flatMap((line) => {
    const [, task, idsFile] = /^(\d+) (.+)$/.exec(line.trim()) ?? []
    return idsFile && dirname(dirname(idsFile)) === folder && existsSync(idsFile) ? [{ task, idsFile }] : []
  })
  return new Set(
    tasks.flatMap(({ task, idsFile }) => readFileSync(idsFile, 'utf8').split('\n')[Number(task) - 1]!.split(' ')),
  )
}

/** Output of one of Slurm's commands, or null where there is no such command. */
async function slurm(command: string, ...args: string[]): Promise<string | null> {
  try {
    return (await promisify(execFile)(command, args)).stdout
  } catch (error) {
    const { code, stderr } = error as NodeJS.ErrnoException & { stderr?: string }
    if (code === 'ENOENT') return null
    throw new GhostgradError(`${command} failed: ${stderr?.trim() || (error as Error).message}`)
  }
}
