import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { arrayScript, tasksOf } from '../../src/experiments/executors/slurm/script.js'
import { type Job, parseJobId } from '../../src/experiments/job.js'

const folder = mkdtempSync(join(tmpdir(), 'ghostgrad-slurm-'))
afterAll(() => rmSync(folder, { recursive: true }))

const jobs = (...ids: string[]): Job[] => ids.map(parseJobId)

/** A script whose program writes its arguments to a file, then does as the shell says. */
function script(does: string): string {
  const program = join(folder, 'program.sh')
  writeFileSync(program, `echo "$@" >> ${folder}/calls\n${does}\n`)
  const text = arrayScript({
    ...{ count: 2, idsFile: join(folder, 'ids'), folder, cwd: folder, cpus: 3 },
    ...{ sbatch: ['partition=main', 'comment=two words'], program: ['bash', program], flags: ['--runs', 'my runs'] },
  })
  const file = join(folder, 'array.sh')
  writeFileSync(file, text)
  writeFileSync(join(folder, 'ids'), 'a-seed0\nb-seed0 c-seed0\n')
  rmSync(join(folder, 'calls'), { force: true })
  return file
}

const calls = (): string => execFileSync('cat', [join(folder, 'calls')], { encoding: 'utf8' })

describe('a job array for Slurm', () => {
  it('runs what needs another run after it, in the same task', () => {
    const [vgg, pruned, resnet] = jobs('vgg16-fast-seed0', 'l1-vgg16-fast-seed0', 'resnet56-fast-seed0')
    expect(tasksOf([vgg!, resnet!, pruned!])).toEqual([
      ['vgg16-fast-seed0', 'l1-vgg16-fast-seed0'],
      ['resnet56-fast-seed0'],
    ])
    expect(tasksOf([pruned!])).toEqual([['l1-vgg16-fast-seed0']])
  })

  it('says what it needs', () => {
    const text = execFileSync('cat', [script('exit 0')], { encoding: 'utf8' })
    for (const option of [
      ...['array=1-2', 'cpus-per-task=3', 'requeue', 'signal=B:INT@120', 'open-mode=append', 'partition=main'],
      'comment="two words"',
    ]) {
      expect(text).toContain(`\n#SBATCH --${option}\n`)
    }
  })

  it('runs the jobs of its line, one after another, until one fails', () => {
    const run = (does: string, task: number): number | null => {
      const file = script(does)
      const { status } = spawnTask(file, task)
      return status
    }
    expect(run('exit 0', 2)).toBe(0)
    expect(calls()).toBe('reproduce --runs my runs --job b-seed0\nreproduce --runs my runs --job c-seed0\n')
    expect(run('exit 3', 2)).toBe(3)
    expect(calls()).toBe('reproduce --runs my runs --job b-seed0\n')
  })
})

function spawnTask(file: string, task: number): { status: number | null } {
  try {
    execFileSync('bash', [file], { env: { ...process.env, SLURM_ARRAY_TASK_ID: String(task), SLURM_JOB_ID: '1' } })
    return { status: 0 }
  } catch (error) {
    return error as { status: number | null }
  }
}
