import { paperTable2 } from '../experiments/toy/paper.js'
import { sizes } from '../experiments/toy/table2.js'
import { type Html, html } from './html.js'
import { runLink } from './pageRuns.js'
import type { Report } from './report.js'
import { inThousandths } from './words.js'

/** The paper's Table 2. */
export function pageTable2({ table2 }: Report): Html {
  if (!table2) return html`<p class="absent">Not there: it takes the weights of a run of ResNet-56.</p>`
  const { run, source, rows } = table2
  const lines = rows.map(({ pair, maps, correlation, noFilter, mse }) => {
    const errors = mse.map((error, i) => {
      const paper = paperTable2[pair as keyof typeof paperTable2][i]!
      return html`<td>${paper.toFixed(1)}</td><td class="ours">${runLink(run, inThousandths(error))}</td>`
    })
    return html`<tr><th scope="row">${pair}</th><td>${maps}</td><td>${correlation.toFixed(3)}</td><td>${inThousandths(noFilter)}</td>${errors}</tr>`
  })
  return html`<p>The paper's Table 2: mean squared error × 10⁻³ of the best d × d depthwise filter that makes one of two similar maps of the other. Ours: ${source}, from ${runLink(run, run.id)}; the paper's: ResNet-50, on an image of its own.</p>
<div class="scroll"><table class="results">
<thead>
<tr><td></td><td></td><td></td><td></td>${sizes.map((d) => html`<th colspan="2">d = ${d}</th>`)}</tr>
<tr><td></td><th>maps</th><th>correlation</th><th>no filter</th>${sizes.map(() => html`<th>paper</th><th>ours</th>`)}</tr>
</thead>
<tbody>
${lines}
</tbody></table></div>`
}
