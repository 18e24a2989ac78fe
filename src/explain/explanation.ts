import type { ElementCheck } from '../autograd/checkElements.js'
import type { Slope } from '../autograd/slope.js'
import type { Shape } from '../tensor/shape.js'

export type { ElementCheck }

/** An array as a reader wants it: its numbers where they are few, else what they come to. */
export interface ArrayView {
  shape: Shape
  /** Row-major, of at most 64 numbers; null where there are more. */
  values: number[] | null
  mean: number
  min: number
  max: number
  /** √Σ v² */
  norm: number
}

/** What an operation was applied to. */
export interface ExplainedInput {
  /** `#3` for the result of node 3, else the name of the leaf or constant. */
  name: string
  /** Id of the node that made it; null for leaves and constants. */
  from: number | null
  shape: Shape
}

/** The gradient that an operation's rule hands to one of its inputs. */
export interface ExplainedGradient extends ArrayView {
  /** Which input. */
  input: number
  /** Of Σ dy · y, with dy held, in double precision: every element of a small input, a few of a large one. */
  checks: ElementCheck[]
  /** Why there are no checks. */
  unchecked?: string
}

/** One operation on the tape. */
export interface ExplainedNode {
  /** From 1, in the order in which the operations ran. */
  id: number
  op: string
  /** The backward rule as mathematics, and both rules as code. */
  rule: string
  source: { forward: string; backward: string }
  /** What the operation was told besides its inputs, as text. */
  options: Record<string, string>
  /** Place in `Explanation.modules` of the innermost module call it ran in; null outside of all. */
  module: number | null
  inputs: ExplainedInput[]
  shape: Shape
  /** The result; null where its memory was given back before anyone looked. */
  value: ArrayView | null
  /** What backward was left, under the rule's names. */
  saved: Record<string, ArrayView>
  /** ∂loss/∂result: the gradient that comes in. */
  dy: ArrayView
  /** The gradients that go out, of the inputs that want one. */
  gradients: ExplainedGradient[]
}

/** A tensor that no operation made. */
export interface ExplainedLeaf {
  name: string
  /** Whether it has a gradient; else it is a constant, such as the images. */
  requiresGrad: boolean
  value: ArrayView | null
  /** ∂loss/∂leaf, the sum over all uses; null for a constant. */
  gradient: ArrayView | null
  /** Of the loss itself, by running the graph again in double precision; none where the graph is large. */
  checks: ElementCheck[]
}

/** One call of a module. */
export interface ModuleCall {
  /** `layer1.0.conv1`; '' for the model itself. */
  path: string
  /** `Conv2d` */
  type: string
  /** The call that this one happened in. */
  parent: number | null
}

/** A recorded graph, its backward pass, and how both agree with finite differences. Plain data: it holds no tensors. */
export interface Explanation {
  loss: number
  /** Where forward and backward ran. */
  backend: string
  nodes: ExplainedNode[]
  leaves: ExplainedLeaf[]
  modules: ModuleCall[]
}

/** The largest error among these checks; null where there are none. */
export const worstOf = <T extends Slope>(checks: readonly T[]): T | null =>
  checks.reduce<T | null>((worst, check) => (worst && worst.error >= check.error ? worst : check), null)
