import { readFileSync } from 'node:fs'
import { say } from './errors.js'

/** The first version of Node.js whose engine makes 256-bit operations of neighbouring 128-bit ones. */
const firstWide = 24

/** Where the program runs. */
export interface Engine {
  versions: Readonly<Partial<Record<string, string>>>
  arch: string
  /** Abbreviations of what the processor can do, as Linux lists them; null where the system does not tell. */
  processorFlags: readonly string[] | null
}

/** What a newer Node.js would bring on this processor; null where it would bring nothing. */
export function newerNodeNote({ versions, arch, processorFlags }: Engine): string | null {
  const isNode = versions.bun === undefined && versions.deno === undefined
  if (!isNode || Number.parseInt(versions.node ?? '', 10) >= firstWide || arch !== 'x64') return null
  if (processorFlags && !['avx2', 'fma'].every((flag) => processorFlags.includes(flag))) return null
  return `Node.js ${firstWide} or later would be faster here: it computes with this processor's 256-bit vectors, ${versions.node} with 128 bits`
}

/** Say it, on stderr: for commands that compute for long. */
export function suggestNewerNode(): void {
  const { versions, arch } = process
  const note = newerNodeNote({ versions, arch, processorFlags: readProcessorFlags() })
  if (note) say(note)
}

function readProcessorFlags(): string[] | null {
  if (process.platform !== 'linux') return null
  try {
    return /^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1]?.trim().split(' ') ?? null
  } catch {
    return null
  }
}
