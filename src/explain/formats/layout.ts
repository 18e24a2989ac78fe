import { Graph as LayeredGraph, layout } from '@dagrejs/dagre'
import type { Graph } from '../graph.js'

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

/** Put what runs first on top, in layers with few crossings between them (Sugiyama's method, by dagre). */
export function layOut({ boxes, edges }: Graph, sizes: ReadonlyMap<string, Size>): Layout {
  const graph = new LayeredGraph()
  graph.setGraph({ rankdir: 'TB', nodesep: 28, edgesep: 14, ranksep: 34, marginx: margin, marginy: margin })
  graph.setDefaultEdgeLabel(() => ({}))
  for (const { id } of boxes) graph.setNode(id, { ...sizes.get(id)! })
  for (const { from, to } of edges) graph.setEdge(from, to)
  layout(graph)
  const { width = 0, height = 0 } = graph.graph() as Partial<Size>
  return {
    width: Math.ceil(width),
    height: Math.ceil(height),
    boxes: new Map(boxes.map(({ id }) => [id, graph.node(id)])),
    edges: edges.map(({ from, to }) => ({ from, to, points: graph.edge(from, to).points })),
  }
}
