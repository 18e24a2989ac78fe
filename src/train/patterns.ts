import { closest } from '../models/closest.js'
import { ConfigError } from '../tensor/errors.js'

/** Whether a name is meant. */
export type NameTest = (name: string) => boolean

/**
 * A pattern for names of parameters: `*` stands for any text, dots included, `?` for one character.
 * @param setting what the message begins with
 * @throws ConfigError if it fits none of the names
 */
export function namePattern(glob: string, names: readonly string[], setting: string): NameTest {
  const source = glob
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  const expression = new RegExp(`^${source}$`)
  if (names.some((name) => expression.test(name))) return (name) => expression.test(name)
  const near = closest(glob, names)
  throw new ConfigError(
    `${setting}: "${glob}" fits none of the ${names.length} parameters${near ? `; did you mean "${near}"?` : ''}, which are ` +
      `called as in ${names[0]} and ${names.at(-1)}`,
  )
}
