/** A training process, as one sees it from outside. */
import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { packageRoot } from '../src/packageRoot.js'

/** The program that a user runs. */
export const main = fileURLToPath(new URL('dist/cli/main.js', packageRoot))

/** The last step that the log of the run in `folder` shows whole; 0 before the first. */
export function stepOf(folder: string): number {
  const file = join(folder, 'steps.jsonl')
  if (!existsSync(file)) return 0
  const lines = tailOf(file, 2000).split('\n')
  return lines.length < 2 ? 0 : JSON.parse(lines.at(-2)!).step
}

/** The end of a text file, which grows for hours. */
function tailOf(file: string, bytes: number): string {
  const handle = openSync(file, 'r')
  try {
    const { size } = fstatSync(handle)
    const tail = Buffer.alloc(Math.min(bytes, size))
    readSync(handle, tail, 0, tail.length, size - tail.length)
    return tail.toString()
  } finally {
    closeSync(handle)
  }
}
