import type { Shape } from '../tensor/shape.js'
import type { ExplainedLeaf, ExplainedNode, Explanation } from './explanation.js'

/** What is drawn as one: an operation, a whole module call, a leaf or constant, or something that is not part of the explanation. */
export type Box = {
  id: string
  title: string
} /** `inputs`: names of those that are not drawn, such as parameters. */ & (
  | { kind: 'op'; node: ExplainedNode; inputs: string[] }
  | { kind: 'module'; type: string; nodes: ExplainedNode[] }
  | { kind: 'leaf'; leaf: ExplainedLeaf }
  | { kind: 'outside'; shape: Shape }
)

/** Boxes, in the order in which they run, and what flows between them. */
export interface Graph {
  boxes: Box[]
  edges: { from: string; to: string }[]
}

/**
 * The graph of an explanation. Parameters of a model are named in the operations that take them; other leaves are boxes of their
 * own, but for constants of one number.
 * @param depth draw a module as one box where its path has this many parts (`layer1.0` has 2) and several operations ran in it;
 * 0 (default) draws operations only
 */
export function graphOf({ nodes, leaves, modules }: Explanation, depth = 0): Graph {
  const ownLeaf = new Map(
    leaves
      .filter(({ requiresGrad, value }) => (requiresGrad ? modules.length === 0 : value?.values?.length !== 1))
      .map((leaf) => [leaf.name, leaf]),
  )
  /** The outermost call that is deep enough, if any. */
  const callOf = ({ module }: ExplainedNode): number | null => {
    let found: number | null = null
    for (let call = module; call !== null; call = modules[call]!.parent) {
      if (depth > 0 && partsOf(modules[call]!.path) >= depth) found = call
    }
    return found
  }
  const members = new Map<number | null, ExplainedNode[]>()
  for (const node of nodes) members.set(callOf(node), [...(members.get(callOf(node)) ?? []), node])
  const asBox = (node: ExplainedNode): Box => {
    const call = callOf(node)
    const inside = call === null ? [] : members.get(call)!
    if (inside.length < 2) {
      const inputs = node.inputs.filter(({ name, from }) => from === null && !ownLeaf.has(name)).map(({ name }) => name)
      return { kind: 'op', id: `op ${node.id}`, title: node.op, node, inputs }
    }
    const { path, type } = modules[call!]!
    return { kind: 'module', id: `module ${call}`, title: path, type, nodes: inside }
  }

  const boxes = new Map<string, Box>()
  const made = new Map<number, Box>()
  const edges = new Map<string, { from: string; to: string }>()
  for (const node of nodes) {
    const box = asBox(node)
    made.set(node.id, box)
    for (const { name, from, shape } of node.inputs) {
      const leaf = ownLeaf.get(name)
      if (from === null && !leaf) continue
      const source: Box = leaf
        ? { kind: 'leaf', id: `leaf ${name}`, title: name, leaf }
        : (made.get(from!) ?? { kind: 'outside', id: `outside ${from}`, title: name, shape })
      if (!boxes.has(source.id)) boxes.set(source.id, source)
      if (source.id !== box.id) edges.set(`${source.id} → ${box.id}`, { from: source.id, to: box.id })
    }
    boxes.set(box.id, box)
  }
  return { boxes: [...boxes.values()], edges: [...edges.values()] }
}

const partsOf = (path: string): number => (path === '' ? 0 : path.split('.').length)
