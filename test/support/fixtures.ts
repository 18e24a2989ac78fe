import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { HashedInput } from './hashTensor.js'

/** One stored call of an operation in PyTorch; see test/fixtures/README.md. */
export interface OpCase {
  name: string
  op: string
  inputs: HashedInput[]
  // biome-ignore lint/suspicious/noExplicitAny: each operation has its own options
  options: Record<string, any>
  shape: number[]
  output: number[]
  /** The gradient of each input for dOut = hashTensor('dout', shape). */
  grads: number[][]
  /** Batch norm only: running mean and variance, before and after. */
  buffers?: HashedInput[]
  runningMean?: number[]
  runningVar?: number[]
}

/** A stored file by its name without `.json`. A missing one fails, it never skips. */
export const fixture = <T>(name: string): T => JSON.parse(Buffer.from(fixtureBytes(`${name}.json`)).toString('utf8'))

/** The bytes of a stored file. */
export function fixtureBytes(name: string): Uint8Array {
  const path = fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url))
  if (!existsSync(path)) throw new Error(`missing ${path}; run python3 scripts/makeFixtures.py`)
  return readFileSync(path)
}
