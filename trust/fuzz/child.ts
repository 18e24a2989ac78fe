/**
 * One reader in a process of its own: `child.js READER SEED SECONDS CASES`. Prints one line of JSON, a `FuzzOutcome`; a case that
 * takes longer than ten seconds ends the process.
 */
import { Worker } from 'node:worker_threads'
import fc from 'fast-check'
import '../../src/index.js'
import { GhostgradError } from '../../src/tensor/errors.js'
import type { FuzzOutcome } from './fuzz.js'
import { mutated } from './mutations.js'
import { readers } from './readers.js'

const [name, seed, seconds, cases] = process.argv.slice(2) as [string, string, string, string]
const reader = readers.find((known) => known.name === name)!

const clean = JSON.stringify(globalsNow())
const samples = await reader.samples()
const intact = await Promise.all(samples.map(attempt))
if (!intact.includes('read')) throw new Error('none of the samples can be read: there is nothing to damage')
const baseline = process.resourceUsage().maxRSS
const beat = watchForHangs()

const outcome: FuzzOutcome = {
  reader: name,
  cases: 0,
  read: 0,
  refused: 0,
  slowestMs: 0,
  grownMegabytes: 0,
  finding: null,
}
const details = await fc.check(
  fc.asyncProperty(mutated(samples), async (bytes) => {
    beat()
    const start = performance.now()
    outcome.cases++
    outcome[await attempt(bytes)]++
    outcome.slowestMs = Math.max(outcome.slowestMs, performance.now() - start)
  }),
  {
    seed: Number(seed),
    numRuns: Number(cases),
    interruptAfterTimeLimit: 1000 * Number(seconds),
    markInterruptAsFailure: false,
  },
)
outcome.grownMegabytes = (process.resourceUsage().maxRSS - baseline) / 1024
if (details.failed) outcome.finding = finding(details)
console.log(JSON.stringify(outcome))
process.exit(0)

/** Right, or a clear error; anything else is a finding. */
async function attempt(bytes: Uint8Array): Promise<'read' | 'refused'> {
  const outcome = await tryToRead(bytes)
  const now = JSON.stringify(globalsNow())
  if (now !== clean) throw new Error(`the file changed what all objects have: ${now}`)
  return outcome
}

async function tryToRead(bytes: Uint8Array): Promise<'read' | 'refused'> {
  try {
    await reader.read(bytes)
    return 'read'
  } catch (error) {
    if (!(error instanceof GhostgradError)) throw error
    if (error.message.length > 2000) throw new Error(`a message of ${error.message.length} characters`)
    return 'refused'
  }
}

function globalsNow(): string[][] {
  return [Object.prototype, Array.prototype, Function.prototype].map((shared) =>
    Object.getOwnPropertyNames(shared).sort(),
  )
}

function finding({
  counterexample,
  errorInstance,
  seed: from,
  counterexamplePath,
}: fc.RunDetails<[Uint8Array]>): string {
  const bytes = Buffer.from(counterexample?.[0] ?? [])
  const error = errorInstance instanceof Error ? (errorInstance.stack ?? String(errorInstance)) : String(errorInstance)
  return `${error.split('\n').slice(0, 4).join('\n')}\nseed ${from}, path ${counterexamplePath}, bytes (base64) ${bytes.toString('base64').slice(0, 4000)}`
}

/** A thread that ends the process when nothing has begun for ten seconds. */
function watchForHangs(): () => void {
  const counter = new Int32Array(new SharedArrayBuffer(4))
  const code = `
    const { workerData } = require('node:worker_threads')
    let last = -1
    setInterval(() => {
      const now = Atomics.load(workerData, 0)
      if (now === last) process.kill(process.pid, 'SIGKILL')
      last = now
    }, 10_000)`
  new Worker(code, { eval: true, workerData: counter }).unref()
  return () => Atomics.add(counter, 0, 1)
}
