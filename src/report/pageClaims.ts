import { nameOf } from '../experiments/cells.js'
import type { Section } from './collect.js'
import { type Html, html } from './html.js'

/** What the paper concludes from each table, and whether results by a recipe bear it out. */
export function pageClaims({ label, tables }: Section): Html {
  const lines = tables.flatMap(({ table, claims }) =>
    claims.map(
      ({ text, verdict, evidence }) => html`<tr class="${verdict.replaceAll(' ', '-')}">
<td class="verdict">${verdict}</td><td>${nameOf(table.id)}: ${text}<div class="evidence">${evidence}</div></td></tr>`,
    ),
  )
  return html`<table class="claims"><caption>recipe ${label}</caption>
<tbody>
${lines}
</tbody></table>`
}
