import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { readers } from './readers.js'

/** What came of damaged files given to one reader. */
export interface FuzzOutcome {
  reader: string
  cases: number
  /** Files that were still in order, and those that were refused with an error of ours. */
  read: number
  refused: number
  slowestMs: number
  /** Growth of the process's largest size, 10⁶ bytes. */
  grownMegabytes: number
  /** What went wrong, with all that is needed to see it again; null if nothing did. */
  finding: string | null
}

/** More than any reader may take of files of a few kilobytes; engines and image libraries take some for themselves. */
const mostMegabytes = 400

/** Every reader in turn, each in a process of its own. `cases` at most, for `seconds` at most, of each. */
export async function fuzz(options: {
  seed: number
  seconds: number
  cases: number
  only?: string
}): Promise<FuzzOutcome[]> {
  const outcomes: FuzzOutcome[] = []
  for (const { name } of readers) {
    if (options.only === undefined || name.includes(options.only)) outcomes.push(await fuzzOne(name, options))
  }
  return outcomes
}

async function fuzzOne(
  name: string,
  { seed, seconds, cases }: { seed: number; seconds: number; cases: number },
): Promise<FuzzOutcome> {
  const script = fileURLToPath(new URL('./child.js', import.meta.url))
  const child = spawn(
    process.execPath,
    ['--max-old-space-size=512', script, name, ...[seed, seconds, cases].map(String)],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  const said = { out: '', err: '' }
  child.stdout.on('data', (text) => (said.out += text))
  child.stderr.on('data', (text) => (said.err += text))
  const [code, signal] = await once(child, 'close')
  if (code !== 0) {
    const why =
      signal === 'SIGKILL' ? 'a case took longer than ten seconds, or the process was killed' : said.err.slice(-2000)
    return {
      reader: name,
      cases: 0,
      read: 0,
      refused: 0,
      slowestMs: 0,
      grownMegabytes: 0,
      finding: `ended by ${signal ?? `code ${code}`}: ${why}`,
    }
  }
  const outcome = JSON.parse(said.out) as FuzzOutcome
  if (outcome.finding === null && outcome.grownMegabytes > mostMegabytes) {
    outcome.finding = `took ${outcome.grownMegabytes.toFixed(0)} MB for files of a few kilobytes`
  }
  return outcome
}
