import { type Accuracy, noiseOf } from './measure.js'
import type { Structure } from './structure.js'

/** What is known of the rows that a claim is about. Null: not run. */
export interface Known {
  accuracy: (row: string) => Accuracy | null
  structure: (row: string) => Structure
  /** How a table calls a row. */
  label: (row: string) => string
}

/** Whether a claim holds, and by which numbers. */
export interface Verdict {
  verdict: 'confirmed' | 'not confirmed' | 'not decided'
  /** The numbers that decided it. */
  evidence: string
}

/** What the paper concludes from a table, and how it is decided from results. */
export interface Claim {
  /** Id of the table. */
  table: string
  text: string
  /** Ids of the rows that have to be run. */
  rows: readonly string[]
  decide: (known: Known) => Verdict
}

const inPoints = (share: number, digits = 1): string => (100 * share).toFixed(digits)

export const showAccuracy = ({ mean, spread }: Accuracy): string => `${inPoints(mean, 2)} ± ${inPoints(spread, 2)}`

/** Beyond this noise nearly everything is within noise, and nothing is confirmed by it. */
const tooMuch = 0.02

function verdictOf(holds: boolean, noise: number): Verdict['verdict'] {
  if (noise > tooMuch) return 'not decided'
  return holds ? 'confirmed' : 'not confirmed'
}

/** Whether `row` has the highest accuracy of all, or is below it by no more than noise. */
const isBest =
  (row: string, others: readonly string[]): Claim['decide'] =>
  ({ accuracy, label }) => {
    const own = accuracy(row)!
    const best = others.reduce((a, b) => (accuracy(b)!.mean > accuracy(a)!.mean ? b : a))
    const behind = accuracy(best)!.mean - own.mean
    const noise = noiseOf(own, accuracy(best)!)
    const numbers = `${showAccuracy(own)} against ${showAccuracy(accuracy(best)!)} of the best other (${label(best)})`
    return {
      verdict: verdictOf(behind <= noise, noise),
      evidence: `${numbers}; noise ${inPoints(noise)}`,
    }
  }

/** Whether accuracy falls from the first row to the last, each step by at most `most` or by noise, and never rises by more than noise. */
const fallsSlowly =
  (rows: readonly string[], most: number): Claim['decide'] =>
  ({ accuracy, label }) => {
    const steps = rows.slice(1).map((row, i) => {
      const [before, after] = [accuracy(rows[i]!)!, accuracy(row)!]
      return { loss: before.mean - after.mean, noise: noiseOf(before, after) }
    })
    const isGentle = steps.every(({ loss, noise }) => loss <= Math.max(most, noise) && loss >= -noise)
    const [first, last] = [accuracy(rows[0]!)!, accuracy(rows.at(-1)!)!]
    const falls = last.mean < first.mean + noiseOf(first, last)
    const losses = steps.map(
      ({ loss }, i) => `${label(rows[i + 1]!)} ${loss > 0 ? '−' : '+'}${inPoints(Math.abs(loss), 2)}`,
    )
    const noise = Math.max(...steps.map(({ noise }) => noise))
    return {
      verdict: verdictOf(isGentle && falls, noise),
      evidence: `${label(rows[0]!)} ${showAccuracy(first)}, then ${losses.join(', ')}; noise of a step ${inPoints(noise)}`,
    }
  }

/** Whether `ghost` is at most `most` below `plain`, or by noise, for about half of its multiply-adds. */
const halvesTheCost =
  (ghost: string, plain: string, most: number): Claim['decide'] =>
  ({ accuracy, structure }) => {
    const [a, b] = [accuracy(ghost)!, accuracy(plain)!]
    const cost = structure(ghost).macs / structure(plain).macs
    const noise = noiseOf(a, b)
    return {
      verdict: verdictOf(b.mean - a.mean <= Math.max(most, noise) && cost < 0.55, noise),
      evidence: `${showAccuracy(a)} against ${showAccuracy(b)} for ${inPoints(cost, 0)} % of the multiply-adds; noise ${inPoints(noise)}`,
    }
  }

const sizes = ['ghost-vgg16-d1', 'ghost-vgg16-d5', 'ghost-vgg16-d7']
const ratios = ['ghost-vgg16-s2', 'ghost-vgg16-s3', 'ghost-vgg16-s4', 'ghost-vgg16-s5']

/** What the paper says in words, each with the rule that decides it by our numbers. */
export const claims: readonly Claim[] = [
  {
    table: 'table3',
    text: 'd = 3 is the best size of the cheap operation, or within noise of it',
    rows: ['ghost-vgg16-s2', ...sizes],
    decide: isBest('ghost-vgg16-s2', sizes),
  },
  {
    table: 'table4',
    text: 'accuracy falls slowly as s grows: by at most 1 point, or noise, a step',
    rows: ratios,
    decide: fallsSlowly(ratios, 0.01),
  },
  ...[
    ['Ghost-VGG-16', 'ghost-vgg16-s2', 'VGG-16', 'vgg16'] as const,
    ['Ghost-ResNet-56', 'ghost-resnet56', 'ResNet-56', 'resnet56'] as const,
  ].map(([ghostName, ghost, plainName, plain]) => ({
    table: 'table5',
    text: `${ghostName} is within 1 point, or noise, of ${plainName} at about half the cost`,
    rows: [ghost, plain],
    decide: halvesTheCost(ghost, plain, 0.01),
  })),
]
