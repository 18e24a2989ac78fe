import type { Explanation } from '../explanation.js'
import { type Box, graphOf } from '../graph.js'
import { drawGraph } from './svg.js'

/** What the debugger draws at one depth: the picture, and what is in each of its boxes. */
export interface View {
  name: string
  svg: string
  boxes: { id: string; title: string; nodes: number[]; leaf: string | null }[]
}

/** More boxes than this are not drawn unless they are asked for. */
const mostBoxes = 400

/** The graph at the depth that is asked for, and then at the others that it has, so that modules can be folded and unfolded. */
export function viewsOf(explanation: Explanation, depth = 0): View[] {
  const deepest = Math.max(0, ...explanation.modules.map(({ path }) => (path === '' ? 0 : path.split('.').length)))
  const depths = [depth, ...Array.from({ length: deepest }, (_, i) => i + 1), 0]
  return [...new Set(depths)]
    .map((depth) => ({ depth, graph: graphOf(explanation, depth) }))
    .filter(({ graph }, i) => i === 0 || graph.boxes.length <= mostBoxes)
    .map(({ depth, graph }) => ({
      name: depth === 0 ? 'every operation' : `modules folded at depth ${depth}`,
      svg: drawGraph(explanation, graph),
      boxes: graph.boxes.map((box) => ({ id: box.id, title: box.title, nodes: nodesIn(box), leaf: leafOf(box) })),
    }))
}

const nodesIn = (box: Box): number[] =>
  box.kind === 'op' ? [box.node.id] : box.kind === 'module' ? box.nodes.map(({ id }) => id) : []

const leafOf = (box: Box): string | null => (box.kind === 'leaf' ? box.leaf.name : null)
