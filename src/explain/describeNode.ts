import { TapeNode } from '../autograd/op.js'
import { NdArray } from '../tensor/ndarray.js'
import type { Tensor } from '../tensor/tensor.js'
import { viewOf } from './arrayView.js'
import { checkRule } from './checkRule.js'
import type { ArrayView, ExplainedNode } from './explanation.js'
import type { Names } from './names.js'

/** A node of the tape in the moment in which backward has run its rule: what it saved is still there. */
export interface Visit {
  node: TapeNode
  result: Tensor
  dy: NdArray
  gradients: readonly (NdArray | null)[]
}

/** @param samples how many elements of each gradient to check; by default all of a small one, a few of another */
export function describeNode(visit: Visit, names: Names, module: number | null, samples?: number): ExplainedNode {
  const { node, result, dy, gradients } = visit
  const freed = node.inputs.find(({ isFreed }) => isFreed)
  const checks = freed ? null : checkRule(node, dy, gradients, samples)
  return {
    id: names.idOf(node),
    op: node.op.name,
    rule: ruleOf(node, names),
    source: { forward: node.op.forward.toString(), backward: node.op.backward.toString() },
    options: describeOptions(node.options),
    module,
    inputs: node.inputs.map((x) => ({
      name: names.of(x),
      from: x.node instanceof TapeNode ? names.idOf(x.node) : null,
      shape: [...x.shape],
    })),
    shape: [...node.shape],
    value: result.isFreed ? null : viewOf(result.array),
    saved: describeSaved(visit),
    dy: viewOf(dy),
    gradients: gradients.flatMap((gradient, input) => {
      if (!gradient) return []
      const unchecked = freed && { unchecked: `the value of ${names.of(freed)} was freed when its module had run` }
      return [{ input, ...viewOf(gradient), checks: checks?.[input] ?? [], ...unchecked }]
    }),
  }
}

/**
 * The rule, with the names of its operands where it has two: `dx = dy · w` for x · w. Where a matrix product reads its second operand
 * transposed, its rule is the transposed one.
 */
function ruleOf({ op, inputs, options }: TapeNode, names: Names): string {
  if (inputs.length !== 2 || !/^da\b/.test(op.rule)) return op.rule
  const isTransposed = (options as { transposeB?: boolean } | undefined)?.transposeB === true
  const rule = isTransposed ? 'da = dy · b, db = dyᵀ · a' : op.rule
  const [a, b] = inputs.map((x) => names.of(x)) as [string, string]
  const gradient = (name: string): string => (/[.\s]/.test(name) ? `d(${name})` : `d${name}`)
  const words: Readonly<Record<string, string>> = { a, b, da: gradient(a), db: gradient(b) }
  return rule.replace(/\bd?[ab]\b/g, (word) => words[word]!)
}

/** What an operation was told, as far as it can be told in a few words. */
function describeOptions(options: unknown): Record<string, string> {
  if (options === null || typeof options !== 'object') return {}
  const simple = Object.entries(options).filter(
    ([, value]) =>
      ['number', 'boolean', 'string'].includes(typeof value) ||
      ((Array.isArray(value) || ArrayBuffer.isView(value)) && Array.from(value as ArrayLike<unknown>).length <= 8),
  )
  return Object.fromEntries(
    simple.map(([key, value]) => [
      key,
      typeof value === 'object' ? `[${Array.from(value as ArrayLike<unknown>).join(', ')}]` : String(value),
    ]),
  )
}

/** The arrays among what was saved; one without a name is called by what it is. */
function describeSaved({ node, result }: Visit): Record<string, ArrayView> {
  const saved = node.saved?.value
  if (saved instanceof NdArray) return { [nameSaved(saved, node, result)]: viewOf(saved) }
  if (saved === null || typeof saved !== 'object') return {}
  return Object.fromEntries(
    Object.entries(saved).flatMap(([key, value]) => (value instanceof NdArray ? [[key, viewOf(value)]] : [])),
  )
}

function nameSaved({ block }: NdArray, { inputs }: TapeNode, result: Tensor): string {
  const isOf = (x: Tensor | undefined): boolean => x !== undefined && !x.isFreed && x.array.block === block
  return isOf(inputs[0]) ? 'x' : isOf(result) ? 'y' : 'saved'
}
