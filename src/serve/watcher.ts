import { setTimeout } from 'node:timers/promises'
import { findRuns } from './findRuns.js'
import type { Curves, RunSummary } from './watchedRun.js'
import { WatchedRun } from './watchedRun.js'

/** Milliseconds between two looks at the files. */
const interval = 1000

export interface Change {
  /** Runs that are new or not what they were, and ids of those that are gone. */
  runs: { changed: RunSummary[]; removed: string[] } | null
  curves: Curves[]
}

/** All runs under a folder. One of these looks at the files for all who want to know, and only while there are any. */
export class Watcher {
  readonly runs = new Map<string, WatchedRun>()
  #summaries = new Map<string, string>()
  #refreshing: Promise<Change> | null = null
  #refreshed = 0
  #stop: AbortController | null = null

  constructor(readonly root: string) {}

  /** The runs as they are now, or were a moment ago. */
  async list(): Promise<RunSummary[]> {
    const isWaiting = this.#refreshing !== null && this.#summaries.size > 0 // for long logs, maybe
    if (!isWaiting && Date.now() - this.#refreshed > interval) await this.refresh()
    return Array.from(this.#summaries.values(), (text) => JSON.parse(text))
  }

  /** Look at the files. @returns what is new since the last time */
  refresh(): Promise<Change> {
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshed = Date.now()
      this.#refreshing = null
    })
    return this.#refreshing
  }

  /** Look at the files again and again, and tell what is new, until `stop`. */
  async start(onChange: (change: Change) => void): Promise<void> {
    if (this.#stop) return
    this.#stop = new AbortController()
    const { signal } = this.#stop
    while (!signal.aborted) {
      onChange(await this.refresh())
      await setTimeout(interval, null, { signal }).catch(() => {})
    }
  }

  stop(): void {
    this.#stop?.abort()
    this.#stop = null
  }

  async #refresh(): Promise<Change> {
    const found = await findRuns(this.root)
    const ids = new Set(found.map(({ id }) => id))
    const removed = [...this.runs.keys()].filter((id) => !ids.has(id))
    for (const id of removed) {
      this.runs.delete(id)
      this.#summaries.delete(id)
    }
    for (const run of found) if (!this.runs.has(run.id)) this.runs.set(run.id, new WatchedRun(run))
    const changed: RunSummary[] = []
    const curves: Curves[] = []
    for (const run of this.runs.values()) {
      const summary = await run.refresh()
      const text = JSON.stringify(summary)
      if (this.#summaries.get(run.id) !== text) changed.push(summary)
      this.#summaries.set(run.id, text)
      const change = run.changes()
      if (change) curves.push(change)
    }
    return { runs: changed.length + removed.length > 0 ? { changed, removed } : null, curves }
  }
}
