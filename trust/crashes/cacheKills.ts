import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { describeCache } from '../../src/data/index.js'
import { Generator } from '../../src/tensor/random.js'
import type { KillOutcome } from './kills.js'
import { ghostgrad } from './trial.js'

/** A command that fills a cache. */
interface Filling {
  args: readonly string[]
  /** The cache's files by name, with a checksum of each; of those alone that are under their final names. */
  files: () => Record<string, string>
  /** Empty the cache. */
  clear: () => void
}

/**
 * Kill commands that fill a cache at random moments: CIFAR-10 from a local copy, and decoded images of a folder. After every kill
 * each file must be absent or what it is after an undisturbed command; in the end nothing else may be there.
 */
export async function killFilling(options: { kills: number; seed: number }): Promise<KillOutcome> {
  const folder = mkdtempSync(join(tmpdir(), 'ghostgrad-caches-'))
  const random = new Generator(options.seed)
  const outcome: KillOutcome = { kills: 0, early: 0, runs: 0, findings: [] }
  try {
    const fillings = [await cifarFrom(folder), await decodedImages(folder)]
    for (const filling of fillings) await killOne(filling, outcome, options.kills / fillings.length, random)
    return outcome
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function killOne(
  { args, files, clear }: Filling,
  outcome: KillOutcome,
  kills: number,
  random: Generator,
): Promise<void> {
  const before = performance.now()
  await complete(args)
  const wholeMs = performance.now() - before
  const expected = files()
  const end = outcome.kills + kills
  while (outcome.kills < end && outcome.findings.length === 0) {
    clear()
    // A few kills one after the other, so that what the last one left is met by the next.
    for (let i = 0; i < 3; i++) {
      const { code } = await ghostgrad(args, { killAfterMs: random.uniform() * wholeMs })
      if (code === null) outcome.kills++
      const found = files()
      if (Object.keys(found).length === 0) outcome.early++
      for (const [name, sum] of Object.entries(found)) {
        if (sum !== expected[name]) outcome.findings.push(`${args.join(' ')}: ${name} is not whole after a kill`)
      }
    }
    await complete(args)
    outcome.runs++
    if (JSON.stringify(files()) !== JSON.stringify(expected)) {
      outcome.findings.push(`${args.join(' ')}: the cache differs in the end: ${Object.keys(files()).join(', ')}`)
    }
  }
}

async function complete(args: readonly string[]): Promise<void> {
  const { code, stderr } = await ghostgrad(args)
  if (code !== 0) throw new Error(`${args.join(' ')}: exit code ${code}: ${stderr}`)
}

async function cifarFrom(folder: string): Promise<Filling> {
  const source = (await describeCache()).folder
  const cache = join(folder, 'cifar10')
  return filling(['data', 'cifar10', '--from', source, '--data-dir', cache], cache, /\.bin$/)
}

async function decodedImages(folder: string): Promise<Filling> {
  const photos = join(folder, 'photos')
  for (const name of ['coarse', 'fine']) {
    mkdirSync(join(photos, name), { recursive: true })
    const noise = { type: 'gaussian' as const, mean: 128, sigma: name === 'fine' ? 10 : 60 }
    const image = sharp({ create: { width: 300, height: 260, channels: 3, background: 'grey', noise } })
    for (let i = 0; i < 60; i++)
      await image
        .clone()
        .jpeg()
        .toFile(join(photos, name, `${i}.jpg`))
  }
  const cache = join(folder, 'decoded')
  return filling(['data', photos, '--image-size', '224', '--data-dir', cache], cache, /\.images$/)
}

function filling(args: readonly string[], cache: string, finalNames: RegExp): Filling {
  const files = () => {
    const names = existsSync(cache) ? (readdirSync(cache, { recursive: true }) as string[]) : []
    const sum = (name: string) =>
      createHash('sha256')
        .update(readFileSync(join(cache, name)))
        .digest('hex')
    return Object.fromEntries(
      names
        .filter((name) => finalNames.test(name))
        .toSorted()
        .map((name) => [name, sum(name)]),
    )
  }
  return { args, files, clear: () => rmSync(cache, { recursive: true, force: true }) }
}
