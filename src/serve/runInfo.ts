import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import { parseObject } from '../train/parseObject.js'
import { parseSessions } from '../train/sessions.js'
import { runFiles } from '../train/weights.js'

/** What was run, on what: from the last of a run's sessions, or of an older run from its configuration file. */
export interface RunInfo {
  config: Record<string, unknown>
  version: string | null
  commit: string | null
  machine: string | null
  backend: string | null
  /** How often it was begun or gone on with; null where that is not recorded. */
  sessions: number | null
}

/** Never fails: what cannot be read is not known. */
export async function readRunInfo(folder: string): Promise<RunInfo> {
  return (await fromSessions(folder)) ?? (await fromConfig(folder))
}

async function fromSessions(folder: string): Promise<RunInfo | null> {
  const text = await readFile(join(folder, runFiles.sessions), 'utf8').catch(() => '')
  const sessions = parseSessions(text)
  const last = sessions.at(-1)
  if (!last) return null
  const { version, commit, machine, backend, config } = last
  return { ...texts({ version, commit, machine, backend }), config: config ?? {}, sessions: sessions.length } as RunInfo
}

async function fromConfig(folder: string): Promise<RunInfo> {
  const text = await readFile(join(folder, runFiles.config), 'utf8').catch(() => '')
  const header = Object.fromEntries(
    [...text.matchAll(/^# (machine|backend|commit): (.*)$/gm)].map(([, key, value]) => [key, value]),
  )
  const version = /^# Run by ghostgrad ([^ ]+)\. /m.exec(text)?.[1]
  const { commit, machine, backend } = header
  return {
    ...texts({ version, commit, machine, backend }),
    config: parseObject(text, parse) ?? {},
    sessions: null,
  } as RunInfo
}

const texts = (values: Record<string, unknown>): Record<string, string | null> =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, typeof value === 'string' ? value : null]))
