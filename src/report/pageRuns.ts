import type { StoredRun } from './collect.js'
import { type Html, html } from './html.js'
import { codeOf, describeRun, duration, moment, percent } from './words.js'

/** A link to a run's line in the list of runs. @param about the runs that the tooltip tells of, if not only that one */
export const runLink = (run: StoredRun, label: string, about: readonly StoredRun[] = [run]): Html =>
  html`<a href="#${anchorOf(run)}" title="${about.map(describeRun).join('\n')}">${label}</a>`

const anchorOf = ({ id }: StoredRun): string => `run-${id}`

/** Every run: what it came to, and what it takes to run it again. */
export function pageRuns(runs: readonly StoredRun[]): Html {
  if (runs.length === 0) return html`<p>No results yet: <code>npx ghostgrad reproduce table5</code> makes some.</p>`
  const heads = ['run', 'top-1, %', 'best', 'seed', 'backend', 'threads', 'version', 'machine', 'time', 'ended']
  return html`<div class="scroll"><table class="runs">
<thead><tr>${heads.map((head) => html`<th>${head}</th>`)}</tr></thead>
<tbody>
${runs.map(pageRun)}
</tbody>
</table></div>`
}

function pageRun(run: StoredRun): Html {
  const { id, result } = run
  const { accuracy, best, seed, backend, threads, machine, seconds, ended } = result
  const highest = `${percent(best.accuracy)} after epoch ${best.epoch}`
  const cells = [
    percent(accuracy),
    highest,
    seed,
    backend,
    threads,
    codeOf(run),
    machine,
    duration(seconds),
    moment(ended),
  ]
  return html`<tr id="${anchorOf(run)}"><th scope="row">${id}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`
}
