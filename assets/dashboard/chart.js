import { el, setText } from './dom.js'
import { short } from './format.js'
import uPlot from './uPlot.esm.js'

const height = 230

/** A value of the page's style. */
const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim()

const colour = (number) => style(`--series${number}`)

/**
 * A chart of lines over an axis of `axes`, with the values at the pointer below it.
 * A line is { run, what, colour, dashed, faint, x, y }: `what` tells the lines of a run apart.
 */
export class Chart {
  #plot = null
  #lines = []
  #shape = ''
  #axis = null

  /** Whether the scale of y is logarithmic. */
  isLogarithmic = false

  /** @param format shows a value @param tick shows one at the axis */
  constructor(title, { format = short, tick = short } = {}) {
    this.title = title
    this.format = format
    this.tick = tick
    this.box = el('div', { class: 'plot', role: 'img' })
    this.readout = el('ul', { class: 'readout' })
    this.element = el('figure', { class: 'curve' }, el('figcaption', {}, title), this.box, this.readout)
    new ResizeObserver(() => this.#fit()).observe(this.box)
  }

  /** @param axis an entry of `axes` */
  draw(lines, axis) {
    const isSameAxis = axis === this.#axis
    this.#axis = axis
    this.#lines = lines
    const shape = lines.map(({ run, what }) => `${run}\n${what}`).join('\n\n')
    const data = lines.length > 0 ? uPlot.join(lines.map(({ x, y }) => [x, y])) : [[]]
    if (this.#plot && isSameAxis && shape === this.#shape) this.#extend(data)
    else this.#make(data)
    this.#shape = shape
    this.#read()
    this.box.setAttribute(
      'aria-label',
      `${this.title} by ${axis.name}. ${lines.map((line) => this.#describe(line)).join('; ')}`,
    )
  }

  /** Draw everything anew: the colours of the page have changed. */
  redraw() {
    this.#make(this.#plot?.data ?? [[]])
  }

  /** A part that the reader has zoomed into stays. */
  #extend(data) {
    const { min, max } = this.#plot.scales.x
    const x = this.#plot.data[0]
    const isZoomed = min > x[0] || max < x[x.length - 1]
    this.#plot.setData(data, !isZoomed)
    if (isZoomed) this.#plot.redraw()
  }

  #make(data) {
    this.#plot?.destroy()
    const { tick } = this.#axis ?? {}
    const axis = { stroke: style('--quiet'), grid: { stroke: style('--line'), width: 1 }, ticks: { show: false } }
    const options = {
      ...{ width: Math.max(200, this.box.clientWidth), height, legend: { show: false }, pxAlign: false },
      scales: { x: { time: false }, y: { distr: this.isLogarithmic ? 3 : 1 } },
      axes: [
        { ...axis, size: 30, ...(tick ? { values: (_, ticks) => ticks.map(tick) } : {}) },
        { ...axis, size: 56, values: (_, ticks) => ticks.map((tick) => (tick === null ? '' : this.tick(tick))) },
      ],
      cursor: { sync: { key: 'curves', setSeries: false }, points: { size: 6 }, y: false },
      series: [{}, ...this.#lines.map(seriesOf)],
      hooks: { setCursor: [() => this.#read()] },
    }
    this.#plot = new uPlot(options, data, this.box)
  }

  #fit() {
    const width = this.box.clientWidth
    if (this.#plot && width > 0 && width !== this.#plot.width) this.#plot.setSize({ width, height })
  }

  /** Values at the pointer, else the last ones. */
  #read() {
    const index = this.#plot.cursor.idx
    const x = this.#plot.data[0]
    const at = index === null || index === undefined ? x.length - 1 : index
    const items = Array.from(groupByRun(this.#lines), ([run, lines]) => {
      const values = lines.map(([i, { what }]) => `${what} ${this.format(valueBefore(this.#plot.data[i + 1], at))}`)
      const swatch = el('span', { class: `swatch series${lines[0][1].colour}` })
      return el('li', {}, swatch, el('span', { class: 'name' }, run), ' ', el('span', {}, values.join(' · ')))
    })
    this.readout.replaceChildren(...items)
    setText(this.element.firstChild, at >= 0 && x.length > 0 ? `${this.title}, ${this.#axis.show(x[at])}` : this.title)
  }

  #describe({ run, what, y }) {
    return `${run}: ${what} ${this.format(valueBefore(y, y.length - 1))}`
  }
}

const seriesOf = (line) => ({
  ...{ label: `${line.run} ${line.what}`, stroke: colour(line.colour), width: line.dashed ? 1.5 : 1.25 },
  ...(line.faint ? { alpha: 0.3 } : {}),
  ...(line.dashed ? { dash: [5, 3] } : {}),
  points: { show: line.dashed && line.x.length <= 40, size: 5, fill: style('--paper') },
})

/** Lines with their numbers, by run. */
function groupByRun(lines) {
  const groups = new Map()
  for (const entry of lines.entries()) groups.set(entry[1].run, [...(groups.get(entry[1].run) ?? []), entry])
  return groups
}

/** The last number of a line up to a place; null before its first. */
function valueBefore(values, at) {
  for (let i = at; i >= 0; i--) if (values[i] !== null && values[i] !== undefined) return values[i]
  return null
}
