import { axes, positionsOf } from './axes.js'
import { Chart } from './chart.js'
import { percent, percentTick } from './format.js'

/** The four charts, and what of a run each of them shows: keys of its steps, and of its epochs. */
const kinds = [
  { title: 'Loss', train: 'loss', val: 'valLoss', test: 'testLoss' },
  {
    title: 'Accuracy',
    format: percent,
    tick: percentTick,
    train: 'accuracy',
    epochTrain: 'trainAccuracy',
    val: 'valAccuracy',
    test: 'testAccuracy',
  },
  // A schedule is what it is: it has no noise to be smoothed away.
  { title: 'Learning rate', train: 'lr', what: 'lr', isExact: true },
  { title: 'Training speed, images/s', train: 'imagesPerSecond', what: 'images/s' },
]

export class Charts {
  #store
  #charts = kinds.map((kind) => ({ kind, chart: new Chart(kind.title, kind) }))

  constructor(store, element) {
    this.#store = store
    element.append(...this.#charts.map(({ chart }) => chart.element))
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
      for (const { chart } of this.#charts) chart.redraw()
    })
  }

  setLogarithmic(isLogarithmic) {
    const { chart } = this.#charts[0]
    chart.isLogarithmic = isLogarithmic
    chart.redraw()
  }

  /** Weight of what came before in the mean that is shown, 0 … 1. */
  smoothing = 0

  /** A key of `axes`: what the curves are drawn over. */
  axis = 'step'

  draw() {
    const runs = [...this.#store.shown].flatMap((id) => {
      const curves = this.#store.curves.get(id)
      if (!curves) return []
      return [{ id, curves, colour: this.#store.colourOf(id), positions: positionsOf(curves, this.axis) }]
    })
    for (const { kind, chart } of this.#charts) {
      chart.draw(
        runs.flatMap((run) => linesOf(kind, run, this.smoothing)),
        axes[this.axis],
      )
    }
  }
}

function linesOf(
  { train, epochTrain, val, test, what = 'train', isExact = false },
  { id, curves, colour, positions },
  smoothing,
) {
  const { steps, epochs } = curves
  const line = (what, place, values, dashed) => ({ run: id, what, colour, dashed, ...placed(positions[place], values) })
  const lines = []
  // Older runs have no accuracy in each step, only that of whole epochs.
  const isLogged = steps[train].some((value) => value !== null)
  const weight = isExact ? 0 : smoothing
  if (isLogged && weight > 0) lines.push({ ...line('raw', 'steps', steps[train], false), faint: true })
  if (isLogged) lines.push(line(what, 'steps', smoothed(steps[train], weight), false))
  else if (epochTrain && epochs.step.length > 0) lines.push(line(what, 'epochs', epochs[epochTrain], false))
  if (val && epochs[val]?.some((value) => value !== null)) lines.push(line('validation', 'epochs', epochs[val], true))
  if (test && epochs[test].some((value) => value !== null)) lines.push(line('test', 'epochs', epochs[test], true))
  return lines
}

/** The points whose place is known. */
function placed(positions, values) {
  const known = positions.flatMap((x, i) => (x === null ? [] : [i]))
  return { x: known.map((i) => positions[i]), y: known.map((i) => values[i]) }
}

/** An exponential moving average, which starts at the first value. */
function smoothed(values, weight) {
  if (weight === 0) return values
  let mean = null
  return values.map((value) => {
    if (value === null) return null
    mean = mean === null ? value : weight * mean + (1 - weight) * value
    return mean
  })
}
