import * as F from '../../autograd/functional.js'
import { closest } from '../../models/closest.js'
import { tensor } from '../../tensor/create.js'
import { type NestedArray, Tensor } from '../../tensor/tensor.js'
import { type Argument, matchArguments } from './matchArguments.js'
import type { BinaryNode, CallNode, Node } from './parse.js'
import { type Kind, signatures } from './signatures.js'
import { syntaxError } from './tokens.js'

type Value = number | boolean | string | null | Tensor | Value[]

const functions = new Map(Object.entries(F) as [string, (...args: unknown[]) => Tensor][])
const elementwise: Record<string, typeof F.add> = { '+': F.add, '-': F.sub, '*': F.mul, '/': F.div }

/** Compute an expression by the library's operations. @throws ConfigError that marks the place, ShapeError as the operations do */
export function evaluate(source: string, root: Node, variables: ReadonlyMap<string, Tensor>): Tensor {
  const fail = (at: number, message: string): never => {
    throw syntaxError(source, at, message)
  }

  const evaluated = (node: Node): Value => {
    switch (node.kind) {
      case 'number':
      case 'word':
        return node.value
      case 'name':
        return variables.get(node.name) ?? fail(node.at, `"${node.name}" has no value`)
      case 'list':
        return node.items.map(evaluated)
      case 'negative': {
        const value = evaluated(node.of)
        return typeof value === 'number' ? -value : F.neg(asTensor(value, node.of))
      }
      case 'binary':
        return binary(node)
      case 'call':
        return call(node)
    }
  }

  const binary = ({ operator, left, right }: BinaryNode): Value => {
    const [a, b] = [evaluated(left), evaluated(right)]
    if (operator === '@') return F.matmul(asTensor(a, left), asTensor(b, right))
    const f = elementwise[operator]!
    if (typeof a === 'number' && typeof b === 'number') return fold(operator, a, b)
    // A number on the left of a sum or product can as well be on the right, where it takes no tensor of its own.
    if (typeof a === 'number' && (operator === '+' || operator === '*')) return f(asTensor(b, right), a)
    return f(asTensor(a, left), typeof b === 'number' ? b : asTensor(b, right))
  }

  const call = (node: CallNode): Tensor => {
    const run = functions.get(node.name)
    if (!run) {
      const near = closest(node.name, [...functions.keys()])
      return fail(node.at, `unknown operation "${node.name}"${near ? `; did you mean "${near}"?` : ''}`)
    }
    const signature = signatures[node.name as keyof typeof F]
    const { inOrder, byName } = matchArguments(node, signature, fail)
    const options = Object.fromEntries(byName.map((argument) => [argument.name, asArgument(argument)]))
    return run(...inOrder.map(asArgument), ...(signature.options ? [options] : []))
  }

  const asArgument = ({ kind, node }: Argument): unknown => {
    if (!node) return undefined
    if (kind === 'tensors') {
      if (node.kind !== 'list') return fail(node.at, 'expected a list of tensors')
      return node.items.map((item) => asTensor(evaluated(item), item))
    }
    return kind === 'tensor' ? asTensor(evaluated(node), node) : asPlain(kind, evaluated(node), node)
  }

  /** Numbers and nested lists of them become constants. */
  const asTensor = (value: Value, { at }: Node): Tensor => {
    if (value instanceof Tensor) return value
    const isNumeric = (item: Value): boolean => (Array.isArray(item) ? item.every(isNumeric) : typeof item === 'number')
    return isNumeric(value) ? tensor(value as NestedArray) : fail(at, 'expected a tensor, a number or lists of numbers')
  }

  const asPlain = (kind: Exclude<Kind, 'tensor'>, value: Value, { at }: Node): unknown => {
    const own = value instanceof Tensor ? value.toArray() : value
    const isNumber = typeof own === 'number'
    const fits = {
      number: isNumber,
      flag: typeof own === 'boolean',
      list: Array.isArray(own),
      word: typeof own === 'string',
    }
    if (kind === 'numbers' ? isNumber || fits.list : fits[kind]) return own
    const expected = {
      number: 'a number',
      flag: 'true or false',
      list: 'a list',
      numbers: 'a number or a list',
      word: 'a word',
    }
    return fail(at, `expected ${expected[kind]}`)
  }

  const result = evaluated(root)
  return result instanceof Tensor ? result : fail(root.at, 'the result is no tensor: expected an operation on a tensor')
}

const fold = (operator: string, a: number, b: number): number =>
  operator === '+' ? a + b : operator === '-' ? a - b : operator === '*' ? a * b : a / b
