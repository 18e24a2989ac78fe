import { readFileSync } from 'node:fs'
import { escapeXml } from '../../escapeXml.js'
import { packageRoot } from '../../packageRoot.js'
import { showNumber } from '../arrayView.js'
import type { Explanation } from '../explanation.js'
import { viewsOf } from './views.js'

const asset = (name: string): string => readFileSync(new URL(`assets/explain/${name}`, packageRoot), 'utf8')

/**
 * The graph as a page in one file, which opens with the loss: step forward and back through the tape, look into each operation, follow
 * a tensor to what made it and what uses it, fold modules and unfold them.
 * @param depth as in `graphOf`; the page has the other depths too
 */
export function toHtml(explanation: Explanation, depth = 0): string {
  const { loss, backend, nodes } = explanation
  const title = `loss ${showNumber(loss)}: ${nodes.length} operations`
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeXml(title)}</title>
<style>
${asset('page.css')}${asset('debugger.css')}</style>
<header>${escapeXml(title)}, by ${escapeXml(backend)}. Click a box, or press n and b for a step forward and back.</header>
<main></main>
<script type="application/json" id="data">${asData({ explanation, views: viewsOf(explanation, depth) })}</script>
<script type="module">
${asset('debugger.js')}
mountDebugger(document.querySelector('main'), JSON.parse(document.getElementById('data').textContent), document)
</script>
</html>
`
}

/** JSON that cannot end the element it stands in. */
const asData = (data: unknown): string => JSON.stringify(data).replaceAll('<', '\\u003c')
