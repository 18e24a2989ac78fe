import { measureOurs, measureTorch, median, type Setting } from './measure.js'

/** Training speed of one model, ours and PyTorch's, images/s. */
export interface ModelRow {
  model: string
  batchSize: number
  threads: number
  ghostgrad: number
  /** Null where PyTorch is not installed. */
  pytorch: number | null
}

/** Both take turns, so that a busy hour of the machine hits both, and change places; medians over the rounds. */
export function measureModel(setting: Setting, rounds: number, torch: boolean): ModelRow {
  const ours: number[] = []
  const theirs: number[] = []
  const turns = [
    () => ours.push(measureOurs(setting).imagesPerSecond),
    ...(torch ? [() => theirs.push(measureTorch(setting).imagesPerSecond)] : []),
  ]
  for (let round = 0; round < rounds; round++) {
    for (const turn of round % 2 === 0 ? turns : turns.toReversed()) turn()
  }
  const { model, batchSize, threads } = setting
  return { model, batchSize, threads, ghostgrad: median(ours), pytorch: torch ? median(theirs) : null }
}
