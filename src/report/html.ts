import { escapeXml } from '../escapeXml.js'

/** HTML already. */
export class Html {
  constructor(readonly markup: string) {}
}

export type Child = Html | string | number | null | readonly Child[]

/** HTML from a template: what is put into it is shown as text, unless it is HTML itself; null is nothing. */
export function html(parts: TemplateStringsArray, ...children: readonly Child[]): Html {
  return new Html(parts.map((part, i) => (i === 0 ? '' : markupOf(children[i - 1]!)) + part).join(''))
}

function markupOf(child: Child): string {
  if (child === null) return ''
  if (child instanceof Html) return child.markup
  if (typeof child === 'string' || typeof child === 'number') return escapeXml(String(child))
  return child.map(markupOf).join('\n')
}
