import { tensor } from '../../tensor/create.js'
import { ConfigError } from '../../tensor/errors.js'
import type { NestedArray, Tensor } from '../../tensor/tensor.js'
import { evaluate } from './evaluate.js'
import { type Node, parse } from './parse.js'

/** A formula over the library's operations. */
export interface Expression {
  source: string
  /** The variables, in the order in which they occur. */
  names: string[]
  /** Compute it. The graph of the result holds the variables. */
  run(variables: Readonly<Record<string, Tensor>>): Tensor
}

/**
 * Read a formula such as `relu(x * w + b).sum()`: numbers, names, 'texts', nested lists, + - * / @ (matrix product), unary minus, and every
 * function of `ghostgrad/functional`, as a function or as a method. Options go by name: `conv2d(x, w, padding=1)`.
 * @throws ConfigError that marks the place
 */
export function parseExpression(source: string): Expression {
  const root = parse(source)
  return {
    source,
    names: [...new Set(namesIn(root))],
    run: (variables) => evaluate(source, root, new Map(Object.entries(variables))),
  }
}

function namesIn(node: Node): string[] {
  switch (node.kind) {
    case 'name':
      return [node.name]
    case 'list':
      return node.items.flatMap(namesIn)
    case 'negative':
      return namesIn(node.of)
    case 'binary':
      return [...namesIn(node.left), ...namesIn(node.right)]
    case 'call':
      return [...node.args, ...node.named.map(({ value }) => value)].flatMap(namesIn)
    default:
      return []
  }
}

/** A number or nested lists of numbers, as a leaf that wants a gradient. @throws ConfigError for anything else */
export function parseVariable(name: string, text: string): Tensor {
  const read = (node: Node): NestedArray => {
    if (node.kind === 'number') return node.value
    if (node.kind === 'negative' && node.of.kind === 'number') return -node.of.value
    if (node.kind === 'list' && node.items.length > 0) return node.items.map(read)
    throw new ConfigError(`--${name}: expected a number or nested lists of numbers, got "${text}"`)
  }
  return tensor(read(parse(text)), { requiresGrad: true })
}
