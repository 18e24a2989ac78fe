import { type Job, jobConfig, type Result, type Row, recipeLabel } from '../../src/experiments/index.js'

/** A result as a run of this job would leave it. */
export function resultOf(job: Job & { row: Extract<Row, { kind: 'trained' }> }, accuracy: number): Result {
  const epoch = { epoch: 1, step: 390, trainLoss: 1, trainAccuracy: 0.5, testLoss: 1, testAccuracy: accuracy }
  return {
    ...{ row: job.row.id, recipe: recipeLabel(job), seed: job.seed, accuracy, best: { epoch: 1, accuracy } },
    ...{ seconds: 60, started: '2026-01-31T00:00:00.000Z', ended: '2026-01-31T00:01:00.000Z', version: '0.1.0' },
    ...{ commit: null, machine: 'a machine', backend: 'wasm simd, 2 threads', threads: 2, run: `runs/${job.row.id}` },
    config: jobConfig(job),
    epochs: [{ ...epoch, imagesPerSecond: 800, lr: 0.1, seconds: 60 }],
  }
}
