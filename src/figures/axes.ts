import type { Drawing } from './drawing.js'
import { gridLine, quiet } from './drawing.js'
import { element, text } from './svg.js'

export interface Axis {
  label: string
  min: number
  max: number
  /** Where there are numbers. */
  ticks: readonly number[]
  /** The number at a tick; default: the tick itself. */
  show?: (tick: number) => string
}

/** Where a chart's points lie, in pixels of its drawing. */
export interface Area {
  left: number
  top: number
  right: number
  bottom: number
}

export interface Axes {
  x: (value: number) => number
  y: (value: number) => number
  parts: Drawing['parts']
}

/** A tenth of a pixel is enough. */
export const pixel = (value: number): number => Math.round(10 * value) / 10

/** Multiples of 1, 2 or 5 times a power of ten from `min` to `max`, about `count` of them, which both lie inside. */
export function roundAxis(label: string, values: readonly number[], count: number): Axis {
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const step = roundStep((high - low || Math.abs(high) || 1) / count)
  const [first, last] = [Math.floor(low / step + 1e-9), Math.ceil(high / step - 1e-9)]
  const steps = Math.max(1, last - first)
  const ticks = Array.from({ length: steps + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)))
  return { label, min: ticks[0]!, max: ticks.at(-1)!, ticks }
}

function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least))
  return power * [1, 2, 5, 10].find((factor) => factor * power >= least * (1 - 1e-9))!
}

/** Grid lines with their numbers and the axes' names; x goes along the bottom, y up the left side. */
export function drawAxes(area: Area, xAxis: Axis, yAxis: Axis): Axes {
  const { left, top, right, bottom } = area
  const x = (value: number) => pixel(left + ((value - xAxis.min) / (xAxis.max - xAxis.min)) * (right - left))
  const y = (value: number) => pixel(bottom - ((value - yAxis.min) / (yAxis.max - yAxis.min)) * (bottom - top))
  const rows = yAxis.ticks.flatMap((tick) => [
    element('line', { x1: left, y1: y(tick), x2: right, y2: y(tick), ...gridLine }),
    text(left - 6, y(tick) + 4, String(tick), { ...quiet, 'text-anchor': 'end' }),
  ])
  const columns = xAxis.ticks.map((tick) =>
    text(x(tick), bottom + 16, xAxis.show?.(tick) ?? String(tick), { ...quiet, 'text-anchor': 'middle' }),
  )
  const names = [
    text((left + right) / 2, bottom + 34, xAxis.label, { ...quiet, 'text-anchor': 'middle' }),
    text(left, top - 10, yAxis.label, { ...quiet, 'text-anchor': 'start' }),
  ]
  return { x, y, parts: [...rows, ...columns, ...names] }
}
