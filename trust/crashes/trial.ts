import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadSafetensors } from '../../src/io/safetensors.js'
import { readCheckpoint } from '../../src/train/checkpointFile.js'
import { main } from '../training.js'

/** Two epochs of seven steps, everything written after every step: half of the time goes into files. */
export const settings = [
  ...['--model', 'resnet20', '--data', 'cifar10-sample', '--epochs', '2', '--batch-size', '64', '--ema', '0.9'],
  ...['--threads', '1', '--save-every', '1', '--log-every', '1'],
]

export interface Ending {
  /** Null if it was killed. */
  code: number | null
  stderr: string
}

/** `ghostgrad ARGS`; killed by SIGKILL after `killAfterMs`, if given. `through` is put before the command. */
export async function ghostgrad(
  args: readonly string[],
  { killAfterMs, through = [] }: { killAfterMs?: number; through?: readonly string[] } = {},
): Promise<Ending> {
  const [program, ...rest] = [...through, process.execPath, main, ...args] as [string, ...string[]]
  const child = spawn(program, rest, { stdio: ['ignore', 'ignore', 'pipe'] })
  let stderr = ''
  child.stderr.on('data', (text) => {
    stderr += text
  })
  const timer = killAfterMs === undefined ? null : setTimeout(() => child.kill('SIGKILL'), killAfterMs)
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  if (timer) clearTimeout(timer)
  return { code, stderr }
}

/** Start a run in `folder`, or go on with the one that is there. */
export const startOrResume = (folder: string): string[] =>
  existsSync(join(folder, 'checkpoint.safetensors'))
    ? ['train', '--resume', folder]
    : ['train', ...settings, '--out', folder]

/** Everything that a run decides, in a few lines: equal if and only if the two runs computed the same bits and logged the same. */
export function fingerprint(folder: string): Record<string, string> {
  const weights = (name: string) => digest(loadSafetensors(join(folder, name)).tensors)
  const lines = (name: string) => readFileSync(join(folder, name), 'utf8').trimEnd().split('\n')
  const steps = lines('steps.jsonl').map((line) => ({ ...JSON.parse(line), imagesPerSecond: 0, seconds: 0 }))
  const [head, ...rows] = lines('metrics.csv').map((line) => line.split(','))
  const timed = ['imagesPerSecond', 'seconds'].map((name) => head!.indexOf(name))
  const { progress, generator } = readCheckpoint(join(folder, 'checkpoint.safetensors')).record
  return {
    ...Object.fromEntries(['model', 'best', 'checkpoint'].map((name) => [name, weights(`${name}.safetensors`)])),
    progress: JSON.stringify({ ...progress, seconds: 0, running: { ...progress.running, seconds: 0 }, generator }),
    steps: digest(steps),
    metrics: digest(rows.map((row) => row.filter((_, i) => !timed.includes(i)))),
    leftovers: readdirSync(folder)
      .filter((name) => name.endsWith('.tmp'))
      .join(),
  }
}

const digest = (value: unknown): string => {
  const hash = createHash('sha256')
  hash.update(
    JSON.stringify(value, (_, v) =>
      v instanceof Float32Array ? Buffer.from(v.buffer, v.byteOffset, v.byteLength).toString('base64') : v,
    ),
  )
  return hash.digest('hex').slice(0, 16)
}

/** What differs, by name. */
export const differences = (expected: Record<string, string>, got: Record<string, string>): string[] =>
  Object.keys(expected).filter((name) => expected[name] !== got[name])
