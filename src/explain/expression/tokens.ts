import { ConfigError } from '../../tensor/errors.js'

export interface Token {
  kind: 'number' | 'name' | 'text' | 'symbol' | 'end'
  text: string
  /** Where it starts, from 0. */
  at: number
}

const pattern = /\s*(?:(\d+(?:\.\d+)?(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?)|([a-z_]\w*)|'([^']*)'|([-+*/@()[\],.=]))/iy

/** Cut an expression into numbers, names, 'texts' and symbols. @throws ConfigError at a character that is none of them */
export function tokenize(source: string): Token[] {
  const tokens: Token[] = []
  const end = source.trimEnd().length
  pattern.lastIndex = 0
  while (pattern.lastIndex < end) {
    const from = pattern.lastIndex
    const match = pattern.exec(source)
    if (!match) {
      const at = from + source.slice(from).search(/\S/)
      throw syntaxError(source, at, `unexpected "${source[at]}"`)
    }
    const [whole, number, name, quoted, symbol] = match
    const text = number ?? name ?? quoted ?? symbol!
    const kind = number ? 'number' : name ? 'name' : symbol ? 'symbol' : 'text'
    tokens.push({ kind, text, at: from + whole.search(/\S/) })
  }
  return [...tokens, { kind: 'end', text: 'the end', at: end }]
}

/** The message, the expression and a mark below the place. */
export const syntaxError = (source: string, at: number, message: string): ConfigError =>
  new ConfigError(`expression: ${message} at column ${at + 1}\n  ${source}\n  ${' '.repeat(at)}^`)
