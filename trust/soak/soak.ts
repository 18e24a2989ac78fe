import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { main, stepOf } from '../training.js'
import { slowerThanFresh } from './age.js'

/** What a training process had at one moment. */
export interface Sample {
  minutes: number
  residentMegabytes: number
  /** Seconds of processor time that it had used, all threads together. */
  processorSeconds: number
  /** Open files, and threads. */
  handles: number
  threads: number
  /** Steps that its log shows. */
  steps: number
}

export interface SoakOutcome {
  samples: Sample[]
  /** Between the means of the first and the last quarter after a tenth of the time, for warming up; fractions. */
  memoryGrowth: number
  /** Of steps a second of processor time; what the machine itself became faster or slower is in it. */
  throughputChange: number
  /** Than a process that has just begun the same training, by the clock, in turns: what comes of age alone. */
  slowerThanFresh: number
  handlesGrown: number
  threadsGrown: number
}

/**
 * Train for `minutes` after a first epoch, in a process of its own, watched from outside `count` times (Linux: /proc); then hold it
 * against a fresh one.
 *
 * @throws Error if the training ends before
 */
export async function soak(
  args: readonly string[],
  folder: string,
  minutes: number,
  count = 120,
): Promise<SoakOutcome> {
  const child = spawn(process.execPath, [main, ...args], { stdio: 'ignore' })
  let ended: number | null = null
  const end = new Promise<void>((resolve) => {
    child.on('close', (code) => {
      ended = code ?? -1
      resolve()
    })
  })
  // All its threads and files are there when it has tested and saved once.
  while (ended === null && !existsSync(join(folder, 'metrics.csv'))) await pause(500)
  const start = performance.now()
  const samples: Sample[] = []
  for (let i = 1; i <= count; i++) {
    await Promise.race([end, pause(start + (i * minutes * 60_000) / count - performance.now())])
    const passed = (performance.now() - start) / 60_000
    if (ended !== null) {
      throw new Error(`the training ended after ${passed.toFixed(1)} of ${minutes} minutes, with code ${ended}`)
    }
    samples.push(sample(child.pid!, folder, passed))
  }
  const slower = await slowerThanFresh(child.pid!, folder)
  child.kill('SIGINT')
  await end
  return { ...judge(samples), slowerThanFresh: slower }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

function sample(pid: number, folder: string, minutes: number): Sample {
  const proc = (name: string) => `/proc/${pid}/${name}`
  // Fields after the name in brackets: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html; ticks are hundredths of a second.
  const fields = readFileSync(proc('stat'), 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
    .map(Number)
  return {
    minutes,
    residentMegabytes: Number(/VmRSS:\s+(\d+)/.exec(readFileSync(proc('status'), 'utf8'))![1]) / 1024,
    processorSeconds: (fields[11]! + fields[12]!) / 100,
    handles: readdirSync(proc('fd')).length,
    threads: readdirSync(proc('task')).length,
    steps: stepOf(folder),
  }
}

/** Compare the first and the last quarter of the samples after the first tenth. */
export function judge(samples: Sample[]): Omit<SoakOutcome, 'slowerThanFresh'> {
  const warm = samples.slice(Math.ceil(samples.length / 10))
  const quarter = Math.max(2, Math.floor(warm.length / 4))
  const [first, last] = [warm.slice(0, quarter), warm.slice(-quarter)]
  const mean = (part: Sample[], of: (sample: Sample) => number) =>
    part.reduce((sum, one) => sum + of(one), 0) / part.length
  const rate = (part: Sample[]) =>
    (part.at(-1)!.steps - part[0]!.steps) / (part.at(-1)!.processorSeconds - part[0]!.processorSeconds)
  const grown = (of: (sample: Sample) => number) => mean(last, of) - mean(first, of)
  return {
    samples,
    memoryGrowth: grown((s) => s.residentMegabytes) / mean(first, (s) => s.residentMegabytes),
    throughputChange: rate(last) / rate(first) - 1,
    handlesGrown: grown((s) => s.handles),
    threadsGrown: grown((s) => s.threads),
  }
}
