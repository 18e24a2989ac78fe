import type { BenchmarkTask } from '../src/train/benchmark.js'
import { median, type Setting } from './measure.js'
import type { Framework, Measurement } from './peers.js'

/** Speed of one network in one framework, images/s, the median of the rounds; or why there is none. */
export type Cell = (Measurement & { rounds: number[] }) | { failed: string }

export interface ModelRow {
  task: BenchmarkTask
  model: string
  batchSize: number
  threads: number
  /** By name of the framework. */
  cells: Record<string, Cell>
}

/**
 * Frameworks take turns, so that a busy hour of the machine hits all, and change places from round to round. Those that are slow by orders of
 * magnitude have one turn.
 */
export function measureModel(
  setting: Required<Omit<Setting, 'width'>>,
  rounds: number,
  all: readonly Framework[],
): ModelRow {
  const { task, model, batchSize, threads } = setting
  const able = all.filter(({ tasks, maxThreads }) => tasks.includes(task) && threads <= maxThreads)
  const cells: Record<string, Cell> = {}
  for (let round = 0; round < rounds; round++) {
    for (const framework of round % 2 === 0 ? able : able.toReversed()) {
      if (round === 0 || !framework.isSlow) addRound(cells, framework, setting)
    }
  }
  return { task, model, batchSize, threads, cells }
}

function addRound(cells: Record<string, Cell>, { name, measure }: Framework, setting: Setting): void {
  const before = cells[name]
  if (before && 'failed' in before) return
  try {
    const { imagesPerSecond, batchSize, backend } = measure(setting)
    const all = [...(before?.rounds ?? []), imagesPerSecond]
    cells[name] = { imagesPerSecond: median(all), batchSize, backend, rounds: all }
  } catch (error) {
    cells[name] = { failed: firstLine(error) }
  }
}

/** What a process said as it failed. */
function firstLine(error: unknown): string {
  const said = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error)
  const lines = said.split('\n').map((line) => line.trim())
  return lines.find((line) => /Error\b/.test(line)) ?? lines.find(Boolean) ?? 'failed'
}
