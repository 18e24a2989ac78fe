/** The course (docs/learn): its code is the examples' code, its output theirs, and its links lead somewhere. */
import { exec } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { compared } from '../../site/page/compared.js'
import { lessons, root } from './lesson.js'

/** Seconds of work each; the rest is for machines that have other things to do. Milliseconds. */
const patience = 180_000

const run = async (command: string): Promise<string> => (await promisify(exec)(command, { cwd: root })).stdout

describe.each(lessons)('$name', ({ name, markdown, blocks }) => {
  const example = `examples/learn/${name}.mjs`
  const of = (language: string) => blocks.filter((block) => block.language === language)

  test(
    'prints what the text says',
    async () => {
      const { printed, written } = compared(of('text'), await run(`node ${example}`))
      expect(printed).toEqual(written)
      expect(printed).not.toEqual([])
    },
    patience,
  )

  test('quotes the code that runs, in its order', () => {
    // The formatter takes the indentation away.
    const flush = (code: string): string => code.replace(/^ +/gm, '')
    let rest = flush(readFileSync(join(root, example), 'utf8'))
    expect(of('js')).not.toEqual([])
    for (const quoted of of('js').map(({ text }) => flush(text))) {
      expect(rest.includes(quoted), quoted).toBe(true)
      rest = rest.slice(rest.indexOf(quoted) + quoted.length)
    }
  })

  test.each(of('console').map(({ text, how }) => ({ text, how })))(
    '$text',
    async ({ text, how }) => {
      const [prompt, ...output] = text.split('\n')
      const command = /^\$ npx ghostgrad (.*)$/.exec(prompt!)?.[1]
      expect(command, prompt).toBeDefined()
      const block = { language: 'console', how, text: output.join('\n') }
      const { printed, written } = compared([block], await run(`node dist/cli/main.js ${command}`))
      expect(printed).toEqual(written)
    },
    patience,
  )

  test('is in the index, with its exercise', () => {
    const index = readFileSync(join(root, 'docs/learn/README.md'), 'utf8')
    expect(index).toContain(`](${name}.md)`)
    expect(markdown).toContain(`examples/learn/exercises/${name}.mjs`)
  })
})

const pages = [
  { name: 'README', markdown: readFileSync(join(root, 'docs/learn/README.md'), 'utf8') },
  ...lessons.map(({ name, markdown }) => ({ name, markdown })),
]

test.each(pages)('the links of $name lead to files, which contain what the link names', ({ markdown }) => {
  const prose = markdown.replace(/^```[\s\S]*?^```$/gm, '')
  const links = [...prose.matchAll(/\[([^\]]+)\]\(([^)]+)\)/g)].map(([, text, target]) => ({ text, target }))
  for (const { text, target } of links.filter((link) => !link.target!.startsWith('https://'))) {
    const path = join(root, 'docs/learn', target!)
    expect(existsSync(path), target).toBe(true)
    // [`sumToShape`](../../src/autograd/backward.ts) names what to look for there; [`backward.ts`](…) the file itself.
    const named = /^`([\w.]+)`$/.exec(text!)?.[1]
    if (named && !path.endsWith(named)) expect(readFileSync(path, 'utf8'), target).toContain(named)
  }
})
