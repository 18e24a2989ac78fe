import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

/** What only older versions of Node.js say; test/cli/olderNode.test.ts is about it. */
const newerNode = /^ghostgrad: Node\.js \d+ or later would be faster here: .*\n/m

export interface Outcome {
  code: number | null
  stdout: string
  stderr: string
}

export interface CommandOptions {
  cwd?: string
  /** Flags of Node.js. */
  node?: readonly string[]
  /** Called with each whole line of stdout. */
  onLine?: (line: string, child: ChildProcess) => void
}

/** Run the built command as a user does, away from a terminal. */
export function ghostgrad(args: readonly string[], { cwd, node = [], onLine }: CommandOptions = {}): Promise<Outcome> {
  const child = spawn(process.execPath, [...node, main, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  let [stdout, stderr, seen] = ['', '', 0]
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  child.stdout.on('data', (chunk) => {
    stdout += chunk
    for (let end = stdout.indexOf('\n', seen); end >= 0; end = stdout.indexOf('\n', seen)) {
      onLine?.(stdout.slice(seen, end), child)
      seen = end + 1
    }
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, stdout, stderr: stderr.replace(newerNode, '') }))
  })
}

/** The JSON objects on stdout, one a line. */
export const jsonLines = ({ stdout }: Outcome): Record<string, unknown>[] =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
