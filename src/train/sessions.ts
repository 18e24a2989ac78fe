import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RunConfig } from './config.js'
import { describeCommit, describeMachine, version } from './machine.js'
import { parseObject } from './parseObject.js'
import { runFiles } from './weights.js'

/** One go at training a run: the first, or one that went on with it, maybe elsewhere. A line of `sessions.jsonl`. */
export interface Session {
  /** When it began: ISO 8601. */
  time: string
  /** Updates that were done before. */
  step: number
  version: string
  /** Null for an installed package. */
  commit: string | null
  machine: string
  backend: string
  /** The whole configuration, every default filled in. */
  config: RunConfig
}

/** Write down what trains a run, from which step on. */
export function recordSession(folder: string, session: Pick<Session, 'step' | 'backend' | 'config'>): void {
  const line: Session = {
    time: new Date().toISOString(),
    ...{ version, commit: describeCommit(), machine: describeMachine() },
    ...session,
  }
  appendFileSync(join(folder, runFiles.sessions), `${JSON.stringify(line)}\n`)
}

/** The goes at a run that are written down, the first one first; lines that a killed process left unfinished are passed over. */
export function parseSessions(text: string): Partial<Session>[] {
  return text.split('\n').flatMap((line): Partial<Session>[] => {
    const session = parseObject(line, JSON.parse)
    return session ? [session] : []
  })
}

/** On what a run was computed; where that changed when it went on, from which step. Null where it is not recorded. */
export function describeBackends(folder: string): string | null {
  const file = join(folder, runFiles.sessions)
  const sessions = existsSync(file) ? parseSessions(readFileSync(file, 'utf8')) : []
  // What another go did again left nothing in the result.
  const kept = sessions.filter(({ step = 0 }, i) => sessions.slice(i + 1).every((later) => (later.step ?? 0) > step))
  const [first, ...changes] = kept.filter(({ backend }, i) => backend !== kept[i - 1]?.backend)
  if (!first?.backend) return null
  return [first.backend, ...changes.map(({ backend, step }) => `from step ${step} on ${backend}`)].join('; ')
}
