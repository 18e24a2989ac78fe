import uPlot from 'uplot'
import type { Step, Test } from '../protocol.js'
import { byId } from './dom.js'

type Numbers = (number | null)[]

const sizeOf = ({ clientWidth, clientHeight }: HTMLElement) => ({ width: clientWidth, height: clientHeight })
const colour = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`)

/** One quantity over the steps: of each training step, smoothed, and on the test images. */
class Curve {
  readonly #raw: Numbers = []
  readonly #smooth: Numbers = []
  readonly #test: Numbers = []
  /** Smoothed, of the network before this one. */
  #before: Numbers = []
  readonly #plot: uPlot

  /** @param range of the axis, by what there is to show */
  constructor(
    readonly place: HTMLElement,
    readonly name: string,
    range: (max: number) => [number, number],
  ) {
    const axis = {
      stroke: () => colour('muted'),
      grid: { stroke: () => colour('line'), width: 1 },
      ticks: { show: false },
    }
    this.#plot = new uPlot(
      {
        ...sizeOf(place),
        ...{ legend: { show: false }, cursor: { show: false } },
        scales: { x: { time: false }, y: { range: (_, __, max) => range(max ?? 0) } },
        axes: [
          { ...axis, size: 28, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000] },
          { ...axis, size: 44 },
        ],
        series: [
          {},
          { stroke: () => colour('faint'), width: 1, points: { show: false } },
          { stroke: () => colour('muted'), width: 1.5, dash: [6, 4], points: { show: false } },
          { stroke: () => colour('train'), width: 2, points: { show: false } },
          { stroke: () => colour('test'), width: 2, spanGaps: true, points: { show: true, size: 5 } },
        ],
      },
      this.#data,
      place,
    )
    new ResizeObserver(() => this.#plot.setSize(sizeOf(place))).observe(place)
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#plot.redraw())
  }

  addStep(value: number): void {
    const before = this.#smooth.at(-1) ?? value
    this.#raw.push(value)
    this.#smooth.push(before + 0.1 * (value - before))
    this.#test.push(null)
  }

  addTest(value: number): void {
    if (this.#test.length > 0) this.#test[this.#test.length - 1] = value
  }

  /** Begin anew; what was there stays as the curve of the network before, if it is of more than a few steps. */
  clear(): void {
    if (this.#smooth.length > 5) this.#before = [...this.#smooth]
    for (const numbers of [this.#raw, this.#smooth, this.#test]) numbers.length = 0
    this.draw()
  }

  draw(): void {
    this.#plot.setData(this.#data)
    const show = (value: number | null | undefined) => value?.toFixed(2) ?? 'none'
    const test = this.#test.findLast((value) => value !== null)
    this.place.ariaLabel = `${this.name}: training ${show(this.#smooth.at(-1))}, test ${show(test)}`
  }

  get #data(): uPlot.AlignedData {
    const length = Math.max(this.#raw.length, this.#before.length)
    const padded = (numbers: Numbers): Numbers => Array.from({ length }, (_, i) => numbers[i] ?? null)
    const steps = Array.from({ length }, (_, i) => i + 1)
    return [steps, padded(this.#raw), padded(this.#before), padded(this.#smooth), padded(this.#test)]
  }
}

/** The curves of loss and accuracy. */
export class CurvesPanel {
  readonly #loss = new Curve(byId('loss'), 'loss', (max) => [0, Math.min(Math.max(max, 2.5), 4)])
  readonly #accuracy = new Curve(byId('accuracy'), 'accuracy in percent', () => [0, 100])
  #isStale = false

  addStep({ loss, accuracy }: Step): void {
    this.#loss.addStep(loss)
    this.#accuracy.addStep(100 * accuracy)
    this.#drawSoon()
  }

  addTest({ loss, accuracy }: Test): void {
    this.#loss.addTest(loss)
    this.#accuracy.addTest(100 * accuracy)
    this.#drawSoon()
  }

  clear(): void {
    this.#loss.clear()
    this.#accuracy.clear()
  }

  #drawSoon(): void {
    if (this.#isStale) return
    this.#isStale = true
    requestAnimationFrame(() => {
      this.#isStale = false
      this.#loss.draw()
      this.#accuracy.draw()
    })
  }
}
