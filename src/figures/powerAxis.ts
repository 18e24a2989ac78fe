import type { Axis } from './axes.js'

/** An axis of powers of ten. @param logs what is drawn, as decimal logarithms */
export function powerAxis(label: string, logs: readonly number[]): Axis {
  const [first, last] = [Math.floor(Math.min(...logs)), Math.ceil(Math.max(...logs))]
  const min = first === last ? first - 1 : first
  const ticks = Array.from({ length: last - min + 1 }, (_, i) => min + i)
  return { label, min, max: last, ticks, show: (tick) => (tick >= -3 && tick <= 3 ? String(10 ** tick) : `1e${tick}`) }
}
