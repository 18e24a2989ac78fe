import { readFileSync } from 'node:fs'
import type { ImageDataset } from '../../src/data/dataset.js'
import { createModel } from '../../src/models/registry.js'
import { SGD } from '../../src/optim/sgd.js'
import { packageRoot } from '../../src/packageRoot.js'
import { Stepper } from '../../src/train/stepper.js'
import { batchAt } from './batches.js'

interface StoredCurves {
  model: string
  steps: number
  batchSize: number
  /** Steps that each stored loss is the mean of. */
  window: number
  sgd: { lr: number; momentum: number; weight_decay: number }
  /** Of each of PyTorch's runs, which differ in the initial weights alone. */
  losses: number[][]
}

export interface CurveOutcome {
  seeds: number
  /** At each window: PyTorch's mean and standard deviation over its runs, and our mean. */
  windows: { step: number; mean: number; deviation: number; ours: number }[]
  /** Largest distance of our mean from PyTorch's, in its standard deviations (of at least 1 % of the loss). */
  worst: number
}

/** Train as PyTorch did, on the same images in the same order, from as many initializations of our own. */
export function compareCurves(data: ImageDataset, seeds: number): CurveOutcome {
  const stored: StoredCurves = JSON.parse(readFileSync(new URL('test/fixtures/curve.json', packageRoot), 'utf8'))
  const runs = Array.from({ length: seeds }, (_, seed) => train(stored, data, seed))
  const windows = stored.losses[0]!.map((_, i) => {
    const theirs = stored.losses.map((curve) => curve[i]!)
    const mean = average(theirs)
    const deviation = Math.sqrt(theirs.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (theirs.length - 1))
    return { step: (i + 1) * stored.window, mean, deviation, ours: average(runs.map((run) => run[i]!)) }
  })
  const distances = windows.map(({ mean, deviation, ours }) => Math.abs(ours - mean) / Math.max(deviation, 0.01 * mean))
  return { seeds, windows, worst: Math.max(...distances) }
}

function train(
  { model: name, steps, batchSize, window, sgd }: StoredCurves,
  data: ImageDataset,
  seed: number,
): number[] {
  const model = createModel(name, { seed })
  const { lr, momentum, weight_decay: weightDecay } = sgd
  const stepper = new Stepper(model, new SGD(model.namedParameters(), { lr, momentum, weightDecay }))
  const losses: number[] = []
  for (let step = 0; step < steps; step++) losses.push(stepper.step(batchAt(data, step, batchSize)).loss)
  return Array.from({ length: steps / window }, (_, i) => average(losses.slice(i * window, (i + 1) * window)))
}

const average = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length
