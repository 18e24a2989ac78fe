import { Emitter, type Graph, type GraphNode } from './graph.js'

/** Nodes added to the graph, under their own path. */
function added(graph: Graph, path: string, add: (emit: Emitter) => string): { nodes: GraphNode[]; output: string } {
  const before = graph.nodes.length
  const output = add(new Emitter(graph, path, new Map()))
  return { nodes: graph.nodes.splice(before), output }
}

/**
 * Put (x / 255 − mean) / std of each channel before a graph, which then takes pixels as float32, 0 … 255: as a · x + b
 * with a = 1 / (255 · std) and b = −mean / std.
 */
export function takePixels(graph: Graph, { mean, std }: { mean: readonly number[]; std: readonly number[] }): void {
  const shape = [1, mean.length, 1, 1]
  const users = [...graph.nodes]
  const { nodes, output } = added(graph, 'preprocess', (emit) => {
    const scale = emit.floats(
      'scale',
      shape,
      std.map((s) => 1 / (255 * s)),
    )
    const shift = emit.floats(
      'shift',
      shape,
      mean.map((m, c) => -m / std[c]!),
    )
    return emit.node('Add', [emit.node('Mul', [graph.input, scale]), shift])
  })
  for (const node of users) node.inputs = node.inputs.map((name) => (name === graph.input ? output : name))
  graph.nodes.unshift(...nodes)
}

/** Put a softmax over the classes behind a graph. */
export function giveProbabilities(graph: Graph): void {
  const last = graph.nodes.find((node) => node.output === graph.output)
  if (!last) return
  const logits = 'logits'
  for (const node of graph.nodes) node.inputs = node.inputs.map((name) => (name === graph.output ? logits : name))
  last.output = logits
  const { nodes, output } = added(graph, 'probabilities', (emit) =>
    emit.node('Softmax', [logits], { axis: { int: 1 } }),
  )
  graph.nodes.push(...nodes.map((node) => (node.output === output ? { ...node, output: graph.output } : node)))
}
