import { readFileSync } from 'node:fs'
import { escapeXml } from '../../escapeXml.js'
import { packageRoot } from '../../packageRoot.js'
import { showNumber } from '../arrayView.js'
import type { Explanation } from '../explanation.js'
import { type Box, graphOf } from '../graph.js'
import { drawGraph } from './svg.js'

const asset = (name: string): string => readFileSync(new URL(`assets/explain/${name}`, packageRoot), 'utf8')

/** The graph as a page in one file: a click on a box shows numbers, rule, gradients and code. @param depth as in `graphOf` */
export function toHtml(explanation: Explanation, depth = 0): string {
  const graph = graphOf(explanation, depth)
  const boxes = graph.boxes.map((box) => ({ id: box.id, title: box.title, nodes: nodesIn(box), leaf: leafOf(box) }))
  const { loss, backend, nodes } = explanation
  const title = `loss ${showNumber(loss)}: ${nodes.length} operations`
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${escapeXml(title)}</title>
<style>
${asset('page.css')}</style>
<header>${escapeXml(title)}, by ${escapeXml(backend)}. Click a box, or press n and b for the next one and back.</header>
<main>
${drawGraph(explanation, graph)}</main>
<aside><p>Nothing is chosen.</p></aside>
<script type="application/json" id="data">${asData({ explanation, boxes })}</script>
<script>
${asset('page.js')}</script>
</html>
`
}

const nodesIn = (box: Box): number[] =>
  box.kind === 'op' ? [box.node.id] : box.kind === 'module' ? box.nodes.map(({ id }) => id) : []

const leafOf = (box: Box): string | null => (box.kind === 'leaf' ? box.leaf.name : null)

/** JSON that cannot end the element it stands in. */
const asData = (data: unknown): string => JSON.stringify(data).replaceAll('<', '\\u003c')
