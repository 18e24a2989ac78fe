import { escapeXml } from '../escapeXml.js'
import { document, element, inline, text } from './svg.js'

/** What a chart is before it is put into a file or a page. */
export interface Drawing {
  width: number
  height: number
  /** SVG elements. */
  parts: readonly string[]
}

/**
 * Colours of series, told apart on white; a page may set others by the class `series0`, `series1` … of what has them, as it may set
 * those of `label`, `quiet` and `grid`.
 */
export const seriesColours = [
  ...['#1a6fb0', '#c2560c', '#2a7a4f', '#a63d8f'],
  ...['#7d6608', '#b3261e', '#4b4fb8', '#5b6470'],
] as const

/** Attributes of what belongs to the series of this number, drawn as a line or filled. */
export const stroked = (series: number) => ({ class: seriesClass(series), fill: 'none', stroke: colour(series) })
export const filled = (series: number) => ({ class: `${seriesClass(series)} fill`, fill: colour(series) })

const seriesClass = (series: number) => `series${series % seriesColours.length}`
const colour = (series: number) => seriesColours[series % seriesColours.length]!

/** Attributes of text and lines that stand back. */
export const quiet = { class: 'quiet', 'font-size': 11, fill: '#5b6470' } as const
export const gridLine = { class: 'grid', stroke: '#d9dde2' } as const

/** A heading over a chart. */
export const heading = (title: string): string => text(12, 20, title, { 'font-size': 14, 'font-weight': 'bold' })

/** Shown where a pointer rests on what it is in. */
export const tooltip = (words: string): string => element('title', {}, escapeXml(words))

/** A file of its own. */
export const asDocument = ({ width, height, parts }: Drawing): string => document(width, height, ...parts)

/** For a page, of class `chart`. */
export const asInline = ({ width, height, parts }: Drawing): string => inline(width, height, 'chart', ...parts)

/** Drawings in one, side by side. */
export function beside(drawings: readonly Drawing[]): Drawing {
  let width = 0
  const parts = drawings.map((drawing) => {
    const group = element('g', { transform: `translate(${width} 0)` }, ...drawing.parts)
    width += drawing.width
    return group
  })
  return { width, height: Math.max(...drawings.map(({ height }) => height)), parts }
}
