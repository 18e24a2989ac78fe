import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RunConfig } from './config.js'
import { describeCommit, describeMachine, version } from './machine.js'
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
