import { escapeXml } from '../escapeXml.js'

/** SVG as text. An attribute that is undefined is left out. */
export type Attributes = Record<string, string | number | undefined>

/** `<tag a="b">children</tag>`; children are SVG already. */
export function element(tag: string, attributes: Attributes, ...children: string[]): string {
  const shown = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}="${escapeXml(String(value))}"`)
    .join('')
  return children.length > 0 ? `<${tag}${shown}>${children.join('\n')}</${tag}>` : `<${tag}${shown}/>`
}

/** A line of text; y is its baseline. */
export const text = (x: number, y: number, content: string, attributes: Attributes = {}): string =>
  element('text', { x, y, ...attributes }, escapeXml(content))

const font = { 'font-family': 'sans-serif', 'font-size': 12, fill: '#1b1f24' }

/** A whole file, on white. */
export function document(width: number, height: number, ...children: string[]): string {
  const background = element('rect', { width, height, fill: 'white' })
  const frame = { xmlns: 'http://www.w3.org/2000/svg', width, height, viewBox: `0 0 ${width} ${height}`, ...font }
  return `${element('svg', frame, background, ...children)}\n`
}

/** A part of a page, whose styles reach into it: no background, and `className` to find it by. */
export const inline = (width: number, height: number, className: string, ...children: string[]): string =>
  element(
    'svg',
    { class: className, role: 'img', width, height, viewBox: `0 0 ${width} ${height}`, ...font },
    ...children,
  )
