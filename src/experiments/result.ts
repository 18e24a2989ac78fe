import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { z } from 'zod'
import { writeFileAtomic } from '../io/atomic.js'
import { DataError } from '../tensor/errors.js'

const share = z.number().min(0).max(1)

const epochSchema = z.strictObject({
  epoch: z.number().int(),
  step: z.number().int(),
  trainLoss: z.number(),
  trainAccuracy: share,
  testLoss: z.number(),
  testAccuracy: share,
  imagesPerSecond: z.number(),
  lr: z.number(),
  /** Training and evaluation. */
  seconds: z.number(),
})

/** What a finished run came to, and all that is needed to run it again: a small YAML file under `results/`. */
export const resultSchema = z.strictObject({
  /** Id of the row. */
  row: z.string(),
  /** Its name, changes included. */
  recipe: z.string(),
  seed: z.number().int(),
  /** On the test images after the last epoch, 0 … 1; and the highest after any epoch. */
  accuracy: share,
  best: z.strictObject({ epoch: z.number().int(), accuracy: share }),
  /** Training and evaluation. */
  seconds: z.number(),
  started: z.string(),
  ended: z.string(),
  version: z.string(),
  /** Of the working copy that ran it, if it was one; `+` if it had changes. */
  commit: z.string().nullable(),
  machine: z.string(),
  backend: z.string(),
  threads: z.number().int(),
  /** Folder of the run. */
  run: z.string(),
  /** Where the network is not the row's own: its weights and multiply-adds. */
  structure: z.strictObject({ weights: z.number(), macs: z.number() }).optional(),
  /** The whole configuration. */
  config: z.record(z.string(), z.unknown()),
  epochs: z.array(epochSchema).min(1),
})

/** What came of a job, as in its file. */
export type Result = z.infer<typeof resultSchema>

const fileOf = (folder: string, id: string): string => join(folder, `${id}.yaml`)

/** Keep the result of a job. */
export function writeResult(folder: string, id: string, result: Result): string {
  mkdirSync(folder, { recursive: true })
  const file = fileOf(folder, id)
  writeFileAtomic(file, stringify(resultSchema.parse(result)))
  return file
}

/** The result of a job, or null where it has none. @throws DataError if the file is not a result */
export function readResult(folder: string, id: string): Result | null {
  const file = fileOf(folder, id)
  return existsSync(file) ? parseResult(file) : null
}

/** Every result in a folder, in the order of their files' names. */
export function readResults(folder: string): { file: string; result: Result }[] {
  if (!existsSync(folder)) return []
  const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'))
  return files.sort().map((name) => ({ file: join(folder, name), result: parseResult(join(folder, name)) }))
}

function parseResult(file: string): Result {
  try {
    return resultSchema.parse(parse(readFileSync(file, 'utf8')))
  } catch (error) {
    const [issue] = error instanceof z.ZodError ? error.issues : []
    const what = issue ? `${issue.path.join('.')}: ${issue.message}` : (error as Error).message.split('\n')[0]
    throw new DataError(`${file}: not a result of ghostgrad reproduce (${what})`)
  }
}
