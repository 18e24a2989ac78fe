import type { Graph, GraphNode } from './graph.js'

/** Put `add(matmul(x, w), bias)` into the one operator that ONNX has for it. */
export function fuseBias(graph: Graph): void {
  for (const add of graph.nodes.filter((node) => node.opType === 'Add')) {
    const [product, bias] = add.inputs as [string, string]
    const gemm = makerFor(graph, product)
    if (gemm?.opType !== 'Gemm' || graph.initializers.get(bias)?.shape.length !== 1) continue
    gemm.inputs.push(bias)
    replace(graph, add, gemm)
  }
}

/**
 * Put each batch norm that follows a convolution into its weights:
 * weight′ = weight · s, bias′ = (bias − mean) · s + shift, s = scale / √(variance + eps).
 */
export function foldBatchNorm(graph: Graph): void {
  for (const norm of graph.nodes.filter((node) => node.opType === 'BatchNormalization')) {
    const conv = makerFor(graph, norm.inputs[0]!)
    if (conv?.opType !== 'Conv' || uses(graph, conv.inputs[1]!) > 1) continue
    fold(graph, conv, norm)
    replace(graph, norm, conv)
  }
  for (const name of graph.initializers.keys()) if (uses(graph, name) === 0) graph.initializers.delete(name)
}

function fold({ initializers }: Graph, conv: GraphNode, norm: GraphNode): void {
  const valuesOf = (name: string) => initializers.get(name)!.data as Float32Array
  const [weightName, biasName] = conv.inputs.slice(1) as [string, string | undefined]
  const [scale, shift, mean, variance] = norm.inputs.slice(1).map(valuesOf) as Float32Array[]
  const { epsilon } = norm.attributes as { epsilon: { float: number } }
  const { shape, data } = initializers.get(weightName)!
  const factor = Array.from(scale!, (s, k) => s / Math.sqrt(variance![k]! + epsilon.float))
  const size = data.length / factor.length // of one filter
  const weight = new Float32Array(data as Float32Array)
  for (const [k, f] of factor.entries()) for (let i = k * size; i < (k + 1) * size; i++) weight[i]! *= f
  const before = biasName === undefined ? null : valuesOf(biasName)
  const bias = Float32Array.from(factor, (f, k) => ((before?.[k] ?? 0) - mean![k]!) * f + shift![k]!)
  const name = biasName ?? weightName.replace(/weight$/, 'bias')
  initializers.set(weightName, { shape, data: weight })
  initializers.set(name, { shape: [bias.length], data: bias })
  conv.inputs = [conv.inputs[0]!, weightName, name]
}

/** The node that makes a value, if that value goes into one node alone; else undefined. */
const makerFor = (graph: Graph, value: string): GraphNode | undefined =>
  uses(graph, value) === 1 && value !== graph.output ? graph.nodes.find(({ output }) => output === value) : undefined

const uses = ({ nodes }: Graph, value: string): number =>
  nodes.reduce((sum, { inputs }) => sum + inputs.filter((name) => name === value).length, 0)

/** `kept` now makes what `removed` made. */
function replace(graph: Graph, removed: GraphNode, kept: GraphNode): void {
  kept.output = removed.output
  graph.nodes.splice(graph.nodes.indexOf(removed), 1)
}
