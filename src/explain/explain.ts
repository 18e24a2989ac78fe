import { backward, nodesNewestFirst } from '../autograd/backward.js'
import { gradientsAside } from '../autograd/gradcheck.js'
import { TapeNode } from '../autograd/op.js'
import type { AnyModule } from '../nn/module.js'
import { GhostgradError } from '../tensor/errors.js'
import { keepingAll, scopeWith } from '../tensor/memory.js'
import type { FloatArray, NdArray } from '../tensor/ndarray.js'
import { teeSpans } from '../tensor/spans.js'
import type { Tensor } from '../tensor/tensor.js'
import { viewOf, viewOfValues } from './arrayView.js'
import { graphCheck } from './checkGraph.js'
import { describeNode } from './describeNode.js'
import type { ExplainedLeaf, ExplainedNode, Explanation } from './explanation.js'
import { ModuleCalls } from './moduleCalls.js'
import { Names } from './names.js'

/** What `explain` looks at. */
export interface ExplainOptions {
  /** Gives parameters their names, and operations the module they ran in (the latter only where the loss is a function). */
  model?: AnyModule
  /** Names of other tensors. */
  names?: Readonly<Record<string, Tensor>>
  /** Look only into what ran in this module: its path, such as `layer1.0`. Its parameters then go by the names that it has for them. */
  module?: string
  /** How many elements of each gradient to check; by default all of up to 16 numbers, 3 of more. */
  samples?: number
  /** Told how many operations have been looked at, of how many. */
  onProgress?: (done: number, total: number) => void
}

/**
 * Look into a recorded graph: every operation with its numbers, its rule and its gradients, beside what finite differences say.
 * Runs backward on the loss by the same engine that trains, and checks each rule by running its operation again in double
 * precision. Gradients of the leaves are left as they were, and the graph can be used again.
 * @param loss a tensor with one element; or a function that computes it, and then every intermediate result is kept until it has
 * been looked at, also those that modules give back
 * @throws GhostgradError where the loss depends on nothing that has `requiresGrad`
 * @example explain(() => F.crossEntropy(model.call(images), labels), { model })
 */
export function explain(loss: Tensor | (() => Tensor), options: ExplainOptions = {}): Explanation {
  const calls = new ModuleCalls(options.model)
  return scopeWith(
    () => {
      const root = typeof loss === 'function' ? keepingAll(() => teeSpans(calls, loss)) : loss
      return look(root, calls, options)
    },
    () => [],
  )
}

function look(
  root: Tensor,
  calls: ModuleCalls,
  { model, names: given, module, samples, onProgress }: ExplainOptions,
): Explanation {
  if (!(root.node instanceof TapeNode)) {
    throw new GhostgradError('explain: the loss depends on nothing that has requiresGrad')
  }
  const tape = nodesNewestFirst(root.node).reverse()
  const names = new Names(tape, model, given, module)
  const isWanted = module === undefined ? () => true : calls.inside(module)
  const wanted = tape.filter(isWanted)
  const results = new Map<TapeNode, Tensor>([[root.node, root]])
  for (const { inputs } of tape) for (const x of inputs) if (x.node instanceof TapeNode) results.set(x.node, x)
  const leaves = [...new Set(tape.flatMap(({ inputs }) => inputs))].filter(({ isLeaf }) => isLeaf)
  const trained = leaves.filter(({ requiresGrad }) => requiresGrad)

  const nodes: ExplainedNode[] = []
  const onNode = (node: TapeNode, dy: NdArray, gradients: readonly (NdArray | null)[]): void => {
    if (!isWanted(node)) return
    nodes.unshift(describeNode({ node, result: results.get(node)!, dy, gradients }, names, calls.of(node), samples))
    onProgress?.(nodes.length, wanted.length)
  }
  const retained = tape.flatMap(({ retainGradIn }) => retainGradIn ?? [])
  const gradients = gradientsAside([...trained, ...retained], () => {
    backward(root, undefined, { retainGraph: true, onNode })
    return new Map(trained.map((leaf) => [leaf, gradientOf(leaf)]))
  })

  const check = graphCheck(tape, samples)
  const used = new Set(wanted.flatMap(({ inputs }) => inputs))
  return {
    loss: root.item(),
    backend: root.array.backend.description,
    nodes,
    leaves: leaves
      .filter((leaf) => used.has(leaf))
      .map((leaf): ExplainedLeaf => {
        const gradient = gradients.get(leaf)
        return {
          name: names.of(leaf),
          requiresGrad: leaf.requiresGrad,
          value: leaf.isFreed ? null : viewOf(leaf.array),
          gradient: gradient ? viewOfValues(gradient, leaf.shape) : null,
          checks: gradient ? check(leaf, gradient) : [],
        }
      }),
    modules: calls.calls.map(({ path, type, parent }) => ({ path, type, parent })),
  }
}

const gradientOf = ({ gradArray, size }: Tensor): FloatArray =>
  gradArray ? gradArray.backend.read(gradArray) : new Float64Array(size)
