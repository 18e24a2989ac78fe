import { type ElementCheck, type ExplainedNode, type Explanation, worstOf } from './explanation.js'

/** The check of one element, and of what. */
export interface PlacedCheck extends ElementCheck {
  node: ExplainedNode
  /** The input whose gradient it is. */
  input: string
}

/** What several operations come to. */
export interface Summary {
  /** Its result is that of all. */
  last: ExplainedNode
  /** √Σ of the squares of all gradients of parameters; null where there are none. */
  parameterNorm: number | null
  /** The largest error of all rules; null where none was checked. */
  worst: PlacedCheck | null
}

/** @param nodes at least one, in the order in which they ran */
export function summarizeNodes({ leaves }: Explanation, nodes: readonly ExplainedNode[]): Summary {
  const names = new Set(
    nodes.flatMap(({ inputs }) => inputs.filter(({ from }) => from === null).map(({ name }) => name)),
  )
  const norms = leaves.flatMap(({ name, gradient }) => (gradient && names.has(name) ? gradient.norm : []))
  return {
    last: nodes.at(-1)!,
    parameterNorm: norms.length > 0 ? Math.hypot(...norms) : null,
    worst: worstOf(nodes.flatMap(checksOf)),
  }
}

/** Every check of a node. */
export const checksOf = (node: ExplainedNode): PlacedCheck[] =>
  node.gradients.flatMap(({ input, checks }) =>
    checks.map((check) => ({ ...check, node, input: node.inputs[input]!.name })),
  )
