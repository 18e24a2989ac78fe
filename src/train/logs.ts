import { appendFileSync, closeSync, fsyncSync, openSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { writeToString } from 'fast-csv'
import type { EpochEvent } from './events.js'
import { runFiles } from './weights.js'

/** One logged step, as in `steps.jsonl` and `train --json`. */
export interface StepRecord {
  event: 'step'
  step: number
  loss: number
  lr: number
  /** Of the step's batch, before the update, as `loss` is. */
  accuracy: number
  /** Since the logged step before. */
  imagesPerSecond: number
  /** The running epoch, from 1. */
  epoch: number
  /** Epochs done since the start of the run, with the part of the running one. */
  epochs: number
  /** Of training and evaluation since the start of the run. */
  seconds: number
}

/** One epoch, as in `metrics.csv` and `train --json`. */
export type EpochRecord = Omit<EpochEvent, 'isBest'>

export function epochRecord({ isBest: _, ...record }: EpochEvent): EpochRecord {
  return record
}

const logFiles = [runFiles.metrics, runFiles.steps, runFiles.events]

/** The logs in a run's folder. Every line is out of the process when its method returns, so that killing it costs none. */
export class RunLogs<Step extends object = StepRecord, Epoch extends object = EpochRecord> {
  constructor(readonly folder: string) {}

  step(record: Step): void {
    appendFileSync(join(this.folder, runFiles.steps), `${JSON.stringify(record)}\n`)
  }

  async epoch(record: Epoch): Promise<void> {
    const path = join(this.folder, runFiles.metrics)
    const headers = sizeOf(path) === 0 ? Object.keys(record) : false
    appendFileSync(path, await writeToString([record], { headers, includeEndRowDelimiter: true }))
  }

  /** Bytes of each log, all of them on the disk: a checkpoint that names them does not outlive them. */
  sizes(): Record<string, number> {
    return Object.fromEntries(logFiles.map((name) => [name, flushedSize(join(this.folder, name))]))
  }

  /** Cut off what was written after the sizes were taken: a run that goes on from there will write it again. */
  cutTo(sizes: Readonly<Record<string, number>>): void {
    for (const name of logFiles) {
      const path = join(this.folder, name)
      const size = sizes[name] ?? 0
      if (sizeOf(path) > size) truncateSync(path, size)
    }
  }
}

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0

function flushedSize(path: string): number {
  const size = sizeOf(path)
  if (size === 0) return 0
  const file = openSync(path, 'r+')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  return size
}
