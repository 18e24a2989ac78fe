import type { TapeNode } from '../../autograd/op.js'
import { GhostgradError } from '../../tensor/errors.js'
import type { NdArray } from '../../tensor/ndarray.js'
import type { Tensor } from '../../tensor/tensor.js'
import { type Call, type Converter, converters } from './converters.js'
import { Emitter, type Graph } from './graph.js'
import type { Trace } from './trace.js'

const input = 'input'
const output = 'output'

/**
 * The graph of a traced forward pass.
 * @param stateNames parameters and buffers by name; another tensor that the input does not lead to is a nameless constant
 * @throws GhostgradError that names the operation, if one has no counterpart in ONNX
 */
export function toGraph(trace: Trace, stateNames: ReadonlyMap<NdArray, string>): Graph {
  const graph: Graph = { nodes: [], initializers: new Map(), input, output }
  const results = new Map<TapeNode, string>()
  const nameOf = (x: Tensor, emit: Emitter): string => {
    if (x === trace.input) return input
    return results.get(x.node as TapeNode) ?? emit.array(x.array, 'constant')
  }
  for (const node of trace.nodes) {
    const emit = new Emitter(graph, trace.paths.get(node) ?? '', stateNames)
    const call: Call<unknown> = {
      options: node.options,
      inputs: node.inputs.map((x) => nameOf(x, emit)),
      shapes: node.inputs.map((x) => x.shape),
      shape: node.shape,
    }
    results.set(node, converterOf(node, emit.path)(call, emit))
  }
  nameOutput(graph, nameOf(trace.output, new Emitter(graph, '', stateNames)))
  return graph
}

function converterOf(node: TapeNode, path: string): Converter {
  const { name } = node.op
  if (Object.hasOwn(converters, name)) return converters[name] as Converter
  throw new GhostgradError(
    `ONNX export: the operation "${name}" in "${path}" has no counterpart; those that have: ${Object.keys(converters).join(', ')}`,
  )
}

/** Give the value that is the model's output its name. */
function nameOutput({ nodes }: Graph, result: string): void {
  const maker = nodes.find((node) => node.output === result)
  if (!maker) nodes.push({ name: 'Identity', opType: 'Identity', inputs: [result], output, attributes: {} })
  else {
    maker.output = output
    for (const node of nodes) node.inputs = node.inputs.map((name) => (name === result ? output : name))
  }
}
