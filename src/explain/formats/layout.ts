import { Graph as LayeredGraph, layout } from '@dagrejs/dagre'
import type { Graph } from '../graph.js'
import { inOrder } from './operandOrder.js'

export interface Size {
  width: number
  height: number
}

/** Where things lie, in pixels from the upper left corner; boxes by their middle. */
export interface Layout extends Size {
  boxes: Map<string, Size & { x: number; y: number }>
  edges: { from: string; to: string; points: { x: number; y: number }[] }[]
}

const margin = 16

/** Put what runs first on top, operands in their order, in layers with few crossings between them (Sugiyama's method, by dagre). */
export function layOut(drawn: Graph, sizes: ReadonlyMap<string, Size>): Layout {
  const { boxes, edges } = drawn
  const graph = new LayeredGraph()
  graph.setGraph({ rankdir: 'TB', nodesep: 28, edgesep: 14, ranksep: 34, marginx: margin, marginy: margin })
  graph.setDefaultEdgeLabel(() => ({}))
  for (const { id } of boxes) graph.setNode(id, { ...sizes.get(id)! })
  for (const { from, to } of edges) graph.setEdge(from, to)
  layout(graph)
  const { width = 0, height = 0 } = graph.graph() as Partial<Size>
  // dagre's size is that of the boxes; an edge may go around them.
  const pointsOf = ({ from, to }: Graph['edges'][number]): { x: number; y: number }[] => graph.edge(from, to).points
  const reach = edges.flatMap(pointsOf).map(({ x }) => x)
  const left = Math.max(0, margin - Math.min(...reach))
  const right = Math.max(width, ...reach.map((x) => x + margin))
  const moved = <T extends { x: number }>(place: T): T => ({ ...place, x: place.x + left })
  return inOrder(drawn, {
    width: Math.ceil(left + right),
    height: Math.ceil(height),
    boxes: new Map(boxes.map(({ id }) => [id, moved(graph.node(id))])),
    edges: edges.map((edge) => ({ ...edge, points: pointsOf(edge).map(moved) })),
  })
}
