import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readCheckpoint } from '../../src/train/checkpointFile.js'
import { differences, type Ending, fingerprint, ghostgrad, settings, startOrResume } from './trial.js'

export interface FaultOutcome {
  fault: string
  /** Times that training met it. */
  times: number
  /** The message of the last. */
  message: string
  findings: string[]
}

/** A disk that fills while training writes to it, and one that cannot be written; they need the right to mount. */
export async function faults(): Promise<FaultOutcome[]> {
  const folder = mkdtempSync(join(tmpdir(), 'ghostgrad-faults-'))
  const disk = join(folder, 'disk')
  mkdirSync(disk)
  try {
    const refusal = mountRefused(disk)
    if (refusal !== null) return [{ fault: 'full and read-only disks', times: 0, message: refusal, findings: [] }]
    const whole = join(folder, 'whole')
    await ghostgrad(['train', ...settings, '--out', whole])
    const expected = fingerprint(whole)
    return [await fullDisk(disk, expected), await readOnlyDisk(disk, expected)]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Why nothing can be mounted here; null if it can. */
function mountRefused(disk: string): string | null {
  try {
    mount(disk, 'size=1m')
    execFileSync('umount', [disk])
    return null
  } catch {
    return 'not tried: mounting needs the rights of root'
  }
}

const mount = (disk: string, options: string): void => {
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', disk])
}

const remount = (disk: string, options: string): void => {
  execFileSync('mount', ['-o', `remount,${options}`, disk])
}

/**
 * A disk of 5 to 12 MB, on which a run of 12 MB gets stuck in another write each time; the rest is filled further while it trains. Each time
 * training must end with a message that names the file, all checkpoints must stay whole, and with space again the run must come to its bits.
 */
async function fullDisk(disk: string, expected: Record<string, string>): Promise<FaultOutcome> {
  const outcome: FaultOutcome = { fault: 'disk full', times: 0, message: '', findings: [] }
  for (let kilobytes = 200; kilobytes < 14_000; kilobytes += 900) {
    mount(disk, `size=${kilobytes}k`)
    try {
      const run = join(disk, 'run')
      const first = await ghostgrad(startOrResume(run))
      if (first.code !== 0) note(outcome, first, run, /ENOSPC/)
      remount(disk, 'size=64m')
      await finish(outcome, run, expected, `${kilobytes} kB`)
    } finally {
      execFileSync('umount', [disk])
    }
  }
  return outcome
}

/** A run whose disk is read-only when it goes on; then writable again. */
async function readOnlyDisk(disk: string, expected: Record<string, string>): Promise<FaultOutcome> {
  const outcome: FaultOutcome = { fault: 'read-only disk', times: 0, message: '', findings: [] }
  mount(disk, 'size=64m')
  try {
    const run = join(disk, 'run')
    remount(disk, 'ro,size=64m')
    note(outcome, await ghostgrad(startOrResume(run)), run, /cannot make the run's folder/)
    remount(disk, 'rw,size=64m')
    await ghostgrad(['train', ...settings, '--max-steps', '5', '--out', run])
    remount(disk, 'ro,size=64m')
    note(outcome, await ghostgrad(['train', '--resume', run, '--max-steps', '14']), run, /EROFS/)
    remount(disk, 'rw,size=64m')
    rmSync(run, { recursive: true })
    await finish(outcome, run, expected, 'writable again')
  } finally {
    execFileSync('umount', [disk])
  }
  return outcome
}

/** A clear end: exit code 1 or 2, one line of ours that names what could not be written and why; the last checkpoint whole. */
function note(outcome: FaultOutcome, { code, stderr }: Ending, run: string, reason: RegExp): void {
  outcome.times++
  const line = stderr.trim().split('\n').at(-1) ?? ''
  outcome.message = line
  const isClear =
    (code === 1 || code === 2) && line.startsWith('ghostgrad: ') && reason.test(line) && line.includes(run)
  if (!isClear) outcome.findings.push(`unclear end (code ${code}): ${stderr}`)
  const checkpoint = join(run, 'checkpoint.safetensors')
  if (existsSync(checkpoint)) readCheckpoint(checkpoint)
}

async function finish(
  outcome: FaultOutcome,
  run: string,
  expected: Record<string, string>,
  when: string,
): Promise<void> {
  if (existsSync(run) && !existsSync(join(run, 'checkpoint.safetensors'))) rmSync(run, { recursive: true })
  const { code, stderr } = await ghostgrad(startOrResume(run))
  if (code !== 0 && !stderr.includes('is complete')) outcome.findings.push(`${when}: exit code ${code}: ${stderr}`)
  else {
    const wrong = differences(expected, fingerprint(run))
    if (wrong.length > 0) outcome.findings.push(`${when}: differs in ${wrong.join(', ')}`)
  }
}
