import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { stringify } from 'yaml'
import { temporaryOf, writeFileAtomic } from '../io/atomic.js'
import { ConfigError, DataError } from '../tensor/errors.js'
import type { RunConfig } from './config.js'
import { describeCommit, describeMachine, version } from './machine.js'
import { modelTitle } from './modelTitle.js'
import { runFiles } from './weights.js'

/** Whether a new run is a trial of which nothing is kept. */
export const isTrial = ({ fastDevRun, out }: Pick<RunConfig, 'fastDevRun' | 'out'>): boolean =>
  fastDevRun === true && out === undefined

/** The folder of a new run: `out`, else a name made of the model's and the time. It is not made yet. */
export function newRunFolder(
  config: Pick<RunConfig, 'fastDevRun' | 'out'> & { model: string },
  now: Date = new Date(),
): string {
  if (isTrial(config)) return join(tmpdir(), `ghostgrad-trial-${randomUUID()}`)
  const { out, model } = config
  const folder = out ?? join('runs', `${modelTitle(model)}-${timeStamp(now)}`)
  if (existsSync(join(folder, runFiles.config))) {
    throw new ConfigError(
      `${folder} already holds a run: go on with it by --resume ${folder}, or choose another folder by --out`,
    )
  }
  return folder
}

/** `20260131-235959`, local time */
function timeStamp(now: Date): string {
  const two = (n: number) => String(n).padStart(2, '0')
  const day = [now.getFullYear(), two(now.getMonth() + 1), two(now.getDate())].join('')
  return `${day}-${[now.getHours(), now.getMinutes(), now.getSeconds()].map(two).join('')}`
}

/** Where the checkpoint of a run is, from its folder or from the file itself. */
export function findCheckpoint(path: string): { folder: string; file: string } {
  const info = statSync(path, { throwIfNoEntry: false })
  if (!info) throw new DataError(`${path}: no such run; expected a run's folder or a checkpoint file`)
  if (!info.isDirectory()) return { folder: dirname(path), file: path }
  const file = join(path, runFiles.checkpoint)
  if (!existsSync(file))
    throw new DataError(`${path}: there is no ${runFiles.checkpoint} in this folder to resume from`)
  return { folder: path, file }
}

/** Take away what writes that never ended have left: files whose name is that of a temporary one, of a process that is no more. */
export function removeLeftovers(folder: string): void {
  for (const name of readdirSync(folder)) {
    const pid = temporaryOf(name)
    if (pid !== null && !isRunning(pid)) rmSync(join(folder, name), { force: true })
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Make the folder and write down in it what is run, on what, by which command. */
export function writeRunConfig(
  folder: string,
  config: { out?: string | undefined },
  backend: string,
  command = 'train',
): void {
  const { out: _, ...settings } = config
  const given = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined))
  const commit = describeCommit()
  const header = [
    `# Run by ghostgrad ${version}. Run it again: ghostgrad ${command} --config ${join(folder, runFiles.config)} --out FOLDER`,
    `# machine: ${describeMachine()}`,
    `# backend: ${backend}`,
    ...(commit === null ? [] : [`# commit: ${commit}`]),
  ]
  try {
    mkdirSync(folder, { recursive: true })
  } catch (error) {
    throw new DataError(`cannot make the run's folder ${folder} (${(error as Error).message}): choose another by --out`)
  }
  writeFileAtomic(join(folder, runFiles.config), `${header.join('\n')}\n${stringify(given)}`)
}
