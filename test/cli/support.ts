import { type ChildProcess, spawn } from 'node:child_process'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { format } from 'node:util'
import { runProgram } from '../../cli/program.js'
import { createBackend } from '../../src/defaultBackend.js'
import { type Backend, getBackend, setBackend } from '../../src/tensor/backend.js'

/** The built command. */
export const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

/** What only older versions of Node.js say; test/cli/olderNode.test.ts is about it. */
const newerNode = /^ghostgrad: Node\.js \d+ or later would be faster here: .*\n/m

export interface Outcome {
  code: number | null
  stdout: string
  stderr: string
}

interface CommandOptions {
  cwd?: string | undefined
  /** What the command reads. */
  stdin?: string | undefined
}

interface HereOptions extends CommandOptions {
  /** Called with each whole line of stdout. */
  onLine?: ((line: string) => void) | undefined
}

let isRunning = false
/** That of commands which set none. */
let processBackend: Backend | undefined

/**
 * Run a command in this process, with its own working folder, output, exit code and backend, away from a terminal. One at a time:
 * these belong to the process.
 */
export async function ghostgrad(
  args: readonly string[],
  { cwd, stdin = '', onLine }: HereOptions = {},
): Promise<Outcome> {
  if (isRunning) throw new Error('one command at a time runs in this process: await it, or use spawnGhostgrad')
  isRunning = true
  const before = { cwd: process.cwd(), exitCode: process.exitCode, backend: getBackend() }
  processBackend ??= createBackend('wasm')
  setBackend(processBackend)
  process.exitCode = undefined
  const streams = new Streams(stdin, onLine)
  if (cwd !== undefined) process.chdir(cwd)
  try {
    const code = await runProgram(args)
    return { code, stdout: streams.stdout, stderr: streams.stderr.replace(newerNode, '') }
  } finally {
    streams.restore()
    process.chdir(before.cwd)
    process.channel?.ref() // a command that works for another process lets go of it
    process.exitCode = before.exitCode
    if (getBackend() !== processBackend) await getBackend().close()
    setBackend(before.backend)
    isRunning = false
  }
}

/** The standard streams of this process, in a command's hands until they are restored. */
class Streams {
  stdout = ''
  stderr = ''
  readonly #restore: (() => void)[] = []

  constructor(stdin: string, onLine: ((line: string) => void) | undefined) {
    let seen = 0
    const out = (text: string): void => {
      this.stdout += text
      for (let end = this.stdout.indexOf('\n', seen); end >= 0; end = this.stdout.indexOf('\n', seen)) {
        onLine?.(this.stdout.slice(seen, end))
        seen = end + 1
      }
    }
    const error = (text: string): void => {
      this.stderr += text
    }
    this.#replace(process.stdout, 'write', (text: string | Uint8Array) => {
      out(Buffer.from(text as string).toString())
      return true
    })
    this.#replace(process.stderr, 'write', (text: string | Uint8Array) => {
      error(Buffer.from(text as string).toString())
      return true
    })
    this.#replace(console, 'log', (...values: unknown[]) => out(`${format(...values)}\n`))
    this.#replace(console, 'error', (...values: unknown[]) => error(`${format(...values)}\n`))
    this.#replace(process, 'stdin', Readable.from([Buffer.from(stdin)]))
    for (const stream of [process.stdout, process.stderr]) this.#replace(stream, 'isTTY', false)
  }

  #replace<T extends object, Key extends keyof T>(object: T, key: Key, value: unknown): void {
    const before = Object.getOwnPropertyDescriptor(object, key)
    Object.defineProperty(object, key, { value, configurable: true, writable: true, enumerable: true })
    this.#restore.push(() => {
      if (before) Object.defineProperty(object, key, before)
      else delete object[key]
    })
  }

  restore(): void {
    for (const restore of this.#restore.splice(0)) restore()
  }
}

interface ProcessOptions extends CommandOptions {
  /** Flags of Node.js. */
  node?: readonly string[] | undefined
}

/** Start the built command in a process of its own, for what only a process shows: signals, launchers, files that it loads. */
export function startGhostgrad(args: readonly string[], cwd?: string): ChildProcess {
  return spawn(process.execPath, [main, ...args], { cwd, stdio: 'ignore' })
}

/** Run the built command in a process of its own, as a user does away from a terminal. */
export function spawnGhostgrad(
  args: readonly string[],
  { cwd, node = [], stdin }: ProcessOptions = {},
): Promise<Outcome> {
  const child = spawn(process.execPath, [...node, main, ...args], { cwd, stdio: ['pipe', 'pipe', 'pipe'] })
  child.stdin.end(stdin)
  let stdout = ''
  let stderr = ''
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  child.stdout.on('data', (chunk) => {
    stdout += chunk
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
