import { agrees, type Cell, type ReportLine, type TableReport } from '../experiments/assemble.js'
import { nameOf, type Shown, showCell, showTop1, whyNoAccuracy } from '../experiments/cells.js'
import type { StoredRun } from './collect.js'
import { type Html, html } from './html.js'
import { runLink } from './pageRuns.js'
import { describeNetwork, describeRun } from './words.js'

/** A table with its notes: every number of ours says where it is from, by a link to its run or by a tooltip. */
export function pageTable({ table, lines, notes }: TableReport, runs: readonly StoredRun[]): Html {
  const hasTop5 = lines.some(({ top5 }) => top5 !== null)
  const groups = ['weights, M', `multiply-adds, ${table.flopsUnit}`, 'top-1, %']
  const heads = groups.map(() => html`<th>paper</th><th>ours</th><th>diff.</th>`)
  return html`<div class="scroll"><table class="results">
<caption>${nameOf(table.id)}: ${table.title}, ${table.data}</caption>
<thead>
<tr><td></td>${groups.map((group) => html`<th colspan="3" scope="colgroup">${group}</th>`)}${hasTop5 ? html`<th>top-5, %</th>` : null}<td></td></tr>
<tr><td></td>${heads}${hasTop5 ? html`<th>paper</th>` : null}<th>from</th></tr>
</thead>
<tbody>
${lines.map((line) =>
  pageLine(
    line,
    hasTop5,
    runs.filter(({ file }) => line.results.includes(file)),
  ),
)}
</tbody>
</table></div>
${notes.length > 0 ? html`<ul class="notes">${notes.map((note) => html`<li>${note}</li>`)}</ul>` : null}`
}

function pageLine(line: ReportLine, hasTop5: boolean, runs: readonly StoredRun[]): Html {
  const { label, row, weights, flops, top1, top5, state, missing } = line
  const network = describeNetwork(row)
  const counted = network ? `counted: ${network}` : runs.map(describeRun).join('\n')
  const why = whyNoAccuracy(line)
  const [paper, ours, difference] = showTop1(top1)
  const seeds = runs.map((run) => runLink(run, `seed ${run.job.seed}`))
  const absent =
    missing.length > 0 && why === null ? html` <span class="absent">seed ${missing.join(', ')} not run</span>` : null
  return html`<tr class="${state.replace(' ', '-')}"><th scope="row">${label}</th>${[
    counts(weights, showCell(weights, 2), counted),
    counts(flops, showCell(flops, 1), counted),
  ]}<td>${paper}</td><td class="ours">${runs[0] ? runLink(runs[0], ours, runs) : null}</td><td>${difference}</td>${
    hasTop5 ? html`<td>${top5 ?? '–'}</td>` : null
  }<td class="from">${why === null ? [seeds, absent] : html`<span class="absent">${why}</span>`}</td></tr>`
}

/** Where ours does not round to the paper's, the difference stands out. */
function counts(cell: Cell, [paper, ours, difference]: Shown, source: string): Html {
  const own = ours === '' ? html`<td class="ours"></td>` : html`<td class="ours" title="${source}">${ours}</td>`
  return html`<td>${paper}</td>${own}<td class="${agrees(cell) ? '' : 'differs'}">${difference}</td>`
}
