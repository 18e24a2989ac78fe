import type { Module } from '../../nn/module.js'
import { full } from '../../tensor/create.js'
import { GhostgradError } from '../../tensor/errors.js'
import type { NdArray } from '../../tensor/ndarray.js'
import type { Shape } from '../../tensor/shape.js'
import { scope } from '../../tensor/tensor.js'
import { toGraph } from './convert.js'
import { type Dimension, encodeModel } from './encode.js'
import type { Graph } from './graph.js'
import { giveProbabilities, takePixels } from './preprocess.js'
import { foldBatchNorm, fuseBias } from './simplify.js'
import { releaseTrace, traceForward } from './trace.js'

/** What an ONNX file is to hold. */
export interface OnnxOptions {
  /** Of one image, (C, H, W). */
  inputShape: Shape
  /** Images at a time; by default as many as the user of the file likes (`dynamic_axes` of torch.onnx.export). */
  batch?: number
  /** Put batch norms into the convolutions before them; default false: weights as in the state dict. */
  foldBatchNorm?: boolean
  /**
   * Have the graph begin with pixels, 0 … 255: x / 255 − mean, by the standard deviation of each channel; default: it
   * takes what the model takes.
   */
  preprocess?: { mean: readonly number[]; std: readonly number[] } | undefined
  /** Have the graph end in probabilities; default: the model's output. */
  softmax?: boolean | undefined
  /** Of the graph; default 'model'. */
  name?: string
  /** Of what wrote the file. */
  version?: string
  /** Kept in the file's `metadata_props`. */
  metadata?: Readonly<Record<string, string>>
}

/**
 * A model as an ONNX file (https://onnx.ai), opset 17, in evaluation mode: input `input` (batch, C, H, W), output
 * `output`. The graph is what two forward passes record on the tape: with different numbers and, unless `batch` is
 * fixed, different batch sizes. What comes out differently in the two would be wrong for other inputs, and is refused.
 * @throws GhostgradError if an operation has no counterpart in ONNX, or the graph depends on the input
 */
export function exportOnnx(model: Module, options: OnnxOptions): Uint8Array {
  const { inputShape, batch, name = 'model', version = '', metadata = {} } = options
  const modes = Array.from(model.namedModules(), ([, module]) => ({ module, training: module.training }))
  model.eval()
  try {
    const first = trace(model, [batch ?? 2, ...inputShape], 0)
    const second = trace(model, [batch ?? 3, ...inputShape], 1)
    const { graph } = first
    refuseDifference(graph, second.graph)
    fuseBias(graph)
    if (options.foldBatchNorm) foldBatchNorm(graph)
    if (options.preprocess) takePixels(graph, options.preprocess)
    if (options.softmax) giveProbabilities(graph)
    return encodeModel(graph, {
      name,
      version,
      metadata,
      input: [batch ?? 'batch', ...inputShape],
      output: dimensions(first.shape, second.shape),
    })
  } finally {
    for (const { module, training } of modes) module.training = training
  }
}

function trace(model: Module, shape: Shape, fill: number): { graph: Graph; shape: Shape } {
  return scope(() => {
    const input = full(shape, fill)
    input.requiresGrad = true
    const trace = traceForward(model, input)
    const graph = toGraph(trace, stateNames(model))
    releaseTrace(trace)
    return { graph, shape: trace.output.shape }
  })
}

const stateNames = (model: Module): Map<NdArray, string> =>
  new Map([...model.namedParameters(), ...model.namedBuffers()].map(([name, { array }]) => [array, name]))

/** Sizes that came out as large as the batch in both passes. */
const dimensions = (first: Shape, second: Shape): Dimension[] =>
  first.map((n, axis) => (n === second[axis] ? n : n === 2 && second[axis] === 3 ? 'batch' : `output_${axis}`))

/** A loop, since there are millions. */
function isSame(a: ArrayLike<number | bigint>, b: ArrayLike<number | bigint>): boolean {
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false
  return true
}

function refuseDifference(a: Graph, b: Graph): void {
  const different = a.nodes.find((node, i) => JSON.stringify(node) !== JSON.stringify(b.nodes[i]))
  if (different || a.nodes.length !== b.nodes.length) {
    throw new GhostgradError(
      `ONNX export: what the model computes at "${different?.name ?? 'its end'}" depends on the batch: export with a fixed one`,
    )
  }
  for (const [name, { data }] of a.initializers) {
    const other = b.initializers.get(name)!.data
    if (isSame(data, other)) continue
    throw new GhostgradError(
      `ONNX export: "${name}" is not the same for every input: it comes from the input without being recorded (detach, ` +
        'noGrad), or depends on the batch size',
    )
  }
}
