import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const folder = new URL('../../cli/', import.meta.url)
const files = readdirSync(folder).filter((name) => name.endsWith('.ts'))
const read = (name: string): string => readFileSync(new URL(name, folder), 'utf8')

/** The text of each command's definition: up to the next one. */
const commands = files.flatMap((name) =>
  read(name)
    .split(/\.command\(\s*'/)
    .slice(1)
    .map((text) => [`${name}: ${text.slice(0, text.indexOf("'"))}`, text] as const),
)

describe('the help of every command has examples:', () => {
  it('there are commands', () => expect(commands.length).toBeGreaterThan(25))
  it.each(commands)('%s', (_, text) => expect(text).toMatch(/Examples:|addInputs\(command, \.\.\.examples\)/))
})
