import type { Graph } from '../graph.js'
import type { Layout } from './layout.js'

/** Two inputs of one box that stand beside each other in the wrong order, or in the right one. */
interface Pair {
  first: string
  second: string
  to: string
}

/**
 * The layout with operands in their order, from left to right, where that costs no crossing: it is mirrored where that puts more of them
 * right, and then leaves that stand beside each other and have one user change places.
 */
export function inOrder(graph: Graph, layout: Layout): Layout {
  const pairs = pairsOf(graph)
  const wrongIn = ({ boxes }: Layout): Pair[] =>
    pairs.filter(({ first, second }) => {
      const a = boxes.get(first)!
      const b = boxes.get(second)!
      return a.y === b.y && a.x > b.x
    })
  const other = mirrored(layout)
  const better = wrongIn(other).length < wrongIn(layout).length ? other : layout
  const uses = new Map<string, number>()
  for (const { from } of graph.edges) uses.set(from, (uses.get(from) ?? 0) + 1)
  const isAlone = (id: string): boolean => id.startsWith('leaf ') && uses.get(id) === 1
  for (const pair of wrongIn(better)) if (isAlone(pair.first) && isAlone(pair.second)) swap(better, pair)
  return better
}

/** Neighboring operands of each box, in their order. */
function pairsOf({ edges }: Graph): Pair[] {
  const inputs = new Map<string, string[]>()
  for (const { from, to } of edges) inputs.set(to, [...(inputs.get(to) ?? []), from])
  return Array.from(inputs).flatMap(([to, all]) => all.slice(1).map((second, i) => ({ first: all[i]!, second, to })))
}

function mirrored({ width, height, boxes, edges }: Layout): Layout {
  const turned = <T extends { x: number }>(place: T): T => ({ ...place, x: width - place.x })
  return {
    width,
    height,
    boxes: new Map(Array.from(boxes, ([id, box]) => [id, turned(box)])),
    edges: edges.map((edge) => ({ ...edge, points: edge.points.map(turned) })),
  }
}

/** Two boxes change places within the room that both take, and their edges with them. */
function swap({ boxes, edges }: Layout, { first, second, to }: Pair): void {
  const a = boxes.get(first)!
  const b = boxes.get(second)!
  const left = b.x - b.width / 2
  const right = a.x + a.width / 2
  a.x = left + a.width / 2
  b.x = right - b.width / 2
  const edgeOf = (from: string) => edges.find((edge) => edge.from === from && edge.to === to)!
  const ofFirst = edgeOf(first)
  const ofSecond = edgeOf(second)
  const points = ofFirst.points
  ofFirst.points = ofSecond.points
  ofSecond.points = points
  ofFirst.points[0]!.x = a.x
  ofSecond.points[0]!.x = b.x
}
