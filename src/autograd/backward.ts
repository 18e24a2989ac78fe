import { GhostgradError, ShapeError, showShape } from '../tensor/errors.js'
import { scopeWith } from '../tensor/memory.js'
import type { NdArray } from '../tensor/ndarray.js'
import { broadcastAxes, type Shape, sameShape } from '../tensor/shape.js'
import { spanListener } from '../tensor/spans.js'
import type { Tensor } from '../tensor/tensor.js'
import { TapeNode } from './op.js'

/** What `backward` may be told. */
export interface BackwardOptions {
  /** Keep the saved values, so that backward can run over the same graph again. */
  retainGraph?: boolean
  /** Called for each node before its values are released: for looking into a running graph. */
  onNode?: (node: TapeNode, dy: NdArray, gradients: readonly (NdArray | null)[]) => void
}

/**
 * Reverse-mode differentiation: walk the tape from `root` back to its leaves, newest operation first, and add ∂root/∂leaf into
 * each leaf's `grad`. Newest first is a topological order, since an operation is always younger than its inputs.
 * @param gradient ∂loss/∂root of root's shape; may be left out where root has one element
 */
export function backward(root: Tensor, gradient?: Tensor, options: BackwardOptions = {}): void {
  if (!(root.node instanceof TapeNode)) {
    throw new GhostgradError(
      'backward: nothing to differentiate; no input of this tensor had requiresGrad, or it was computed inside noGrad',
    )
  }
  const { backend } = root.array
  const pending = new Map<TapeNode, NdArray>()
  scopeWith(() => {
    const seed = gradient?.array ?? backend.full(root.shape, 1)
    if (!gradient && root.size !== 1) {
      throw new ShapeError(
        `backward: expected a scalar, got shape ${showShape(root.shape)}; reduce it (sum, mean) or pass a gradient of that shape`,
      )
    }
    if (!sameShape(seed.shape, root.shape)) {
      throw new ShapeError(
        `backward: expected a gradient of shape ${showShape(root.shape)}, got ${showShape(seed.shape)}`,
      )
    }
    seed.block.hold()
    pending.set(root.node as TapeNode, seed)
  }, nothing)

  for (const node of nodesNewestFirst(root.node)) {
    const dy = pending.get(node)
    if (!dy) continue
    pending.delete(node)
    step(node, dy, pending, options)
  }
}

const nothing = () => []

/** Run one node's rule and hand its gradients on. */
function step(node: TapeNode, dy: NdArray, pending: Map<TapeNode, NdArray>, options: BackwardOptions): void {
  scopeWith(() => {
    if (node.retainGradIn) addTo(node.retainGradIn, dy, false)
    const { saved } = node
    if (!saved) throw new GhostgradError(usedTwice(node))
    const mayOverwrite = dy.block.exclusive && !options.onNode
    const context = { ...node.context, options: node.options, mayOverwrite }
    const listener = spanListener
    listener?.begin('op', node.op.name)
    const gradients = node.op.backward(dy, saved.value, context).map((g, i) => {
      return g && node.context.needs[i] ? sumToShape(g, node.inputs[i]!.shape) : null
    })
    listener?.end({
      pass: 'backward',
      inputs: node.inputs.map((x) => x.shape),
      needs: node.context.needs,
      out: node.shape,
      options: node.options,
    })
    options.onNode?.(node, dy, gradients)
    node.inputs.forEach((input, i) => {
      const g = gradients[i]
      if (!g) return
      const alone = gradients.every((other, j) => j === i || other?.block !== g.block)
      if (input.node instanceof TapeNode) addPending(pending, input.node, g, alone)
      else addTo(input, g, alone)
    })
  }, nothing)
  dy.block.letGo()
  if (!options.retainGraph) node.release()
}

const usedTwice = (node: TapeNode): string =>
  `backward: the graph was already used by an earlier backward(), which released what ${node.op.name} had saved; ` +
  'run the forward pass again, or pass { retainGraph: true } to the first backward()'

/** Every operation that `root` came from, and itself. */
export function nodesNewestFirst(root: TapeNode): TapeNode[] {
  const found = new Set([root])
  for (const node of found) {
    for (const { node: parent } of node.inputs) if (parent instanceof TapeNode) found.add(parent)
  }
  return [...found].sort((a, b) => b.id - a.id)
}

/** Undo broadcasting: the gradient of a repeated value is the sum of the gradients of its copies. */
function sumToShape(g: NdArray, shape: Shape): NdArray {
  if (sameShape(g.shape, shape)) return g
  const summed = g.backend.sum(g, broadcastAxes(shape, g.shape), true)
  return g.backend.reshape(summed, shape)
}

function addPending(pending: Map<TapeNode, NdArray>, node: TapeNode, g: NdArray, alone: boolean): void {
  const before = pending.get(node)
  const sum = accumulated(before, g, alone)
  sum.block.hold()
  before?.block.letGo()
  pending.set(node, sum)
}

function addTo(leaf: Tensor, g: NdArray, alone: boolean): void {
  leaf.setGrad(accumulated(leaf.gradArray, g, alone))
}

/**
 * `before + g`, in place where nobody else sees the one or the other.
 * @param alone whether no other gradient of the same rule shares g's memory
 */
function accumulated(before: NdArray | null | undefined, g: NdArray, alone: boolean): NdArray {
  if (before?.block.exclusive) {
    before.backend.accumulate(before, g)
    return before
  }
  const overwrites = before && alone && g.block.unheld && sameShape(before.shape, g.shape)
  if (overwrites) g.backend.accumulate(g, before)
  return before && !overwrites ? g.backend.binary('add', before, g) : g
}

/** Keep the gradient of a tensor that an operation made: after `backward()` it is in `x.grad`, as for a leaf. */
export function retainGrad(x: Tensor): Tensor {
  if (x.node instanceof TapeNode) x.node.retainGradIn = x
  return x
}
