import { datasetSizes } from '../data/loadDataset.js'
import { recipes } from '../experiments/recipes.js'
import type { Row } from '../experiments/rows.js'
import type { Section, StoredRun } from './collect.js'

/** A share, 0 … 1: `86.16 %` */
export const percent = (share: number): string => `${(100 * share).toFixed(2)} %`

/** `1 h 08 min`, `12.3 min` */
export function duration(seconds: number): string {
  const minutes = seconds / 60
  if (minutes < 60) return `${minutes.toFixed(1)} min`
  const whole = Math.round(minutes)
  return `${Math.floor(whole / 60)} h ${String(whole % 60).padStart(2, '0')} min`
}

/** `2026-11-25 01:56 UTC`, from an ISO date. */
export const moment = (iso: string): string => iso.replace(/^(.{10})T(.{5}).*$/, '$1 $2 UTC')

/** Of which code: `0.1.0 (commit 1a2b3c)` */
export const codeOf = ({ result: { version, commit } }: StoredRun): string =>
  commit === null ? version : `${version} (commit ${commit})`

/** Everything about a run in one line. */
export function describeRun(run: StoredRun): string {
  const { result } = run
  return [
    `${result.row}, recipe ${result.recipe}, seed ${result.seed}: ${percent(result.accuracy)}`,
    `${result.backend}, ghostgrad ${codeOf(run)}, ${result.machine}`,
    `${duration(result.seconds)}, ended ${moment(result.ended)}`,
  ].join('; ')
}

/** Where a row's weights and multiply-adds come from: `ghost-vgg16, s = 2, d = 3, at 32 × 32 pixels`; null where they are not ours. */
export function describeNetwork(row: Row): string | null {
  if (row.kind === 'quoted' || row.kind === 'pruned') return null
  const { model, options = {} } = row.network
  const size = row.kind === 'trained' ? 32 : 224
  const settings = Object.entries(options).filter(([key]) => key !== 'inputSize')
  return [model, ...settings.map(([key, value]) => `${key} = ${value}`), `at ${size} × ${size} pixels`].join(', ')
}

/** How a section's networks were trained: sentences. */
export function describeRecipe({ recipe, changes, label, tables }: Section): string[] {
  const { epochs, seeds } = tables[0]!
  const { optimizer, lr, momentum, weightDecay, schedule } = recipes[recipe]
  const data = changes.data ?? 'cifar10'
  const setting = `${data}, ${epochs} epochs, batch ${changes.batchSize ?? recipes[recipe].batchSize}`
  const update = `${optimizer} with learning rate ${lr} (${schedule}), momentum ${momentum}, weight decay ${weightDecay}`
  const budget = `A reduced budget: ${epochs} epochs, where the paper's schedule for ResNet-56 has ${recipes.paper.epochs} and that which its authors recommended for Ghost-VGG-16 has ${recipes.authors.epochs}. Networks trained so briefly stay below the paper's accuracies; what can be compared is how they stand to each other.`
  const { train, test } = datasetSizes[data]!
  return [
    `Recipe ${label}: ${setting}, ${update}, ${seeds.length > 1 ? `seeds ${seeds.join(', ')}` : `seed ${seeds[0]}`}.`,
    ...(epochs < recipes.paper.epochs ? [budget] : []),
    ...(data === 'cifar10' ? [] : [`Not CIFAR-10 but ${data}: ${train} images to train on and ${test} to test.`]),
  ]
}

/** How the numbers are to be read. */
export const legend = [
  'Accuracies of ours are those after the last epoch, on the test images; of several seeds, the mean ± one standard deviation of a run.',
  'Weights and multiply-adds of ours are counted from the networks as they are built here.',
  "Differences are ours less the paper's, which is rounded as the paper rounds.",
]

/** A mean squared error in the unit of the paper's Table 2. */
export const inThousandths = (error: number): string => (1000 * error).toFixed(2)
