import { syntaxError, type Token, tokenize } from './tokens.js'

/** What an expression consists of; `at` is where it stands in the source, for messages. */
export type Node =
  | { kind: 'number'; value: number; at: number }
  | { kind: 'word'; value: boolean | string | null; at: number }
  | { kind: 'name'; name: string; at: number }
  | { kind: 'list'; items: Node[]; at: number }
  | { kind: 'negative'; of: Node; at: number }
  | BinaryNode
  | CallNode

export interface BinaryNode {
  kind: 'binary'
  operator: string
  left: Node
  right: Node
  at: number
}

export interface CallNode {
  kind: 'call'
  name: string
  args: Node[]
  named: { name: string; value: Node }[]
  at: number
}

const words: Record<string, boolean | string | null> = {
  true: true,
  false: false,
  null: null,
  nearest: 'nearest',
  bilinear: 'bilinear',
}

/**
 * Read an expression:
 *
 *   sum     = product (("+" | "-") product)*
 *   product = signed (("*" | "/" | "@") signed)*
 *   signed  = "-" signed | chain
 *   chain   = atom ("." name "(" arguments ")")*
 *   atom    = number | name | name "(" arguments ")" | "(" sum ")" | "[" sum, … "]" | "true" | "false" | "null" | "nearest" | "bilinear"
 *   arguments = (sum | name "=" sum), …
 *
 * `x.f(y)` is `f(x, y)`.
 * @throws ConfigError that marks the place
 */
export function parse(source: string): Node {
  const tokens = tokenize(source)
  let position = 0
  const peek = (offset = 0): Token => tokens[Math.min(position + offset, tokens.length - 1)]!
  const next = (): Token => tokens[position++]!
  const isSymbol = (text: string, offset = 0): boolean => peek(offset).kind === 'symbol' && peek(offset).text === text
  const fail = (expected: string): never => {
    const { kind, text, at } = peek()
    throw syntaxError(source, at, `expected ${expected}, got ${kind === 'end' ? text : `"${text}"`}`)
  }
  const take = (symbol: string): Token => (isSymbol(symbol) ? next() : fail(`"${symbol}"`))

  const leftToRight = (operators: readonly string[], operand: () => Node): Node => {
    let left = operand()
    while (operators.some((operator) => isSymbol(operator))) {
      const { text: operator, at } = next()
      left = { kind: 'binary', operator, left, right: operand(), at }
    }
    return left
  }
  const sum = (): Node => leftToRight(['+', '-'], product)
  const product = (): Node => leftToRight(['*', '/', '@'], signed)

  const signed = (): Node => {
    if (!isSymbol('-')) return chain()
    const { at } = next()
    return { kind: 'negative', of: signed(), at }
  }

  const chain = (): Node => {
    let node = atom()
    while (isSymbol('.')) {
      next()
      if (peek().kind !== 'name') fail('the name of a method')
      const { text: name, at } = next()
      const { args, named } = callArguments()
      node = { kind: 'call', name, args: [node, ...args], named, at }
    }
    return node
  }

  const atom = (): Node => {
    const { kind, text, at } = peek()
    if (kind === 'number') return { kind, value: Number(next().text), at }
    if (kind === 'name') {
      next()
      if (isSymbol('(')) return { kind: 'call', name: text, ...callArguments(), at }
      return Object.hasOwn(words, text) ? { kind: 'word', value: words[text]!, at } : { kind: 'name', name: text, at }
    }
    if (isSymbol('(')) {
      next()
      const inner = sum()
      take(')')
      return inner
    }
    if (isSymbol('[')) {
      next()
      const items: Node[] = []
      separated(']', () => items.push(sum()))
      return { kind: 'list', items, at }
    }
    return fail('a number, a name, "(" or "["')
  }

  const callArguments = (): { args: Node[]; named: { name: string; value: Node }[] } => {
    take('(')
    const args: Node[] = []
    const named: { name: string; value: Node }[] = []
    separated(')', () => {
      if (peek().kind === 'name' && isSymbol('=', 1)) {
        const { text: name } = next()
        next()
        named.push({ name, value: sum() })
      } else if (named.length > 0) fail('name=value behind another')
      else args.push(sum())
    })
    return { args, named }
  }

  const separated = (close: string, item: () => void): void => {
    while (!isSymbol(close)) {
      item()
      if (!isSymbol(close)) take(',')
    }
    next()
  }

  const whole = sum()
  return peek().kind === 'end' ? whole : fail('an operator or the end')
}
