/** The lessons as the site has them: programs cut into snippets, which run as the programs do. */
import { expect, test } from 'vitest'
import { cellsOf } from '../../site/markdown/cells.js'
import { compared } from '../../site/page/compared.js'
import { placeOf, runProgram } from '../../site/worker/program.js'
import { lessons } from './lesson.js'

test.each(lessons)('$name: heads, snippets and tails are the program', ({ markdown, program, blocks }) => {
  const flush = (code: string): string => code.replace(/^ +/gm, '')
  const cells = cellsOf(markdown, program)
  expect(flush(cells.map(({ head, code, tail }) => head + code + tail).join(''))).toBe(flush(program))
  const quoted = cells.flatMap(({ outputs }) => outputs.map(({ text }) => text))
  expect(quoted).toEqual(blocks.filter(({ language }) => language === 'text').map(({ text }) => text))
})

test('what is printed after a snippet belongs to it, what is set up before the next one to that', () => {
  const program = 'const a = 1\n\nconst f = () => 2\nconsole.log(f())\nconst b = 3\n\nconst c = a + b\nconsole.log(c)\n'
  const markdown =
    '```js\nconst f = () => 2\n```\n\n```text\n2\n```\n\n```js\nconst c = a + b\nconsole.log(c)\n```\n\n```text\n4\n```\n'
  expect(cellsOf(markdown, program).map(({ head, tail }) => ({ head, tail }))).toEqual([
    { head: 'const a = 1\n\n', tail: 'console.log(f())\n' },
    { head: 'const b = 3\n\n', tail: '' },
  ])
})

async function run(snippets: string[]): Promise<{ printed: string[]; error: unknown; exported: unknown }> {
  const printed: string[] = []
  let current = -1
  const surroundings = {
    modules: { ghostgrad: { two: 2 } },
    onSnippet: (index: number) => {
      current = index
    },
    console: { log: (...values: unknown[]) => void printed.push(`${current}: ${values.join(' ')}`) },
  }
  try {
    return { exported: await runProgram(snippets, surroundings), printed, error: null }
  } catch (error) {
    return { exported: null, printed, error }
  }
}

test('snippets run as one module, with imports and exports', async () => {
  const { printed, exported } = await run([
    "import { two as second } from 'ghostgrad'\nconst three = await Promise.resolve(3)\n",
    "import * as g from 'ghostgrad'\nexport const six = second * three\nexport function seven() {\n  return 7\n}\nconsole.log(six, g.two)\n",
  ])
  expect(printed).toEqual(['1: 6 2'])
  expect(exported).toMatchObject({ six: 6 })
})

test('a mistake is told with its snippet and line', async () => {
  const thrown = ['const a = 1\n', 'const b = 2\n\nnull.x\n']
  expect(placeOf((await run(thrown)).error, thrown)).toEqual({ snippet: 1, line: 3 })
  const unparsed = ['const a = 1\n', 'const a = 2\n']
  expect(placeOf((await run(unparsed)).error, unparsed)).toEqual({ snippet: 1, line: null })
})

test('a module that a page does not have is refused, with those that it has', async () => {
  const { error } = await run(["import { readFile } from 'node:fs'\n"])
  expect(String(error)).toBe('Error: a page has no module "node:fs": expected ghostgrad')
})

test('numbers within the block kind that the lesson gives', () => {
  const agrees = (how: string, output: string) => {
    const { printed, written } = compared([{ how, text: 'loss 2.00\n' }], output)
    return JSON.stringify(printed) === JSON.stringify(written)
  }
  expect([agrees('', 'loss 2.00'), agrees('', 'loss 2.01')]).toEqual([true, false])
  expect([agrees('about', 'loss 2.1'), agrees('about', 'loss 2.4')]).toEqual([true, false])
  expect([agrees('timings', 'loss 90'), agrees('timings', 'time 2.00')]).toEqual([true, false])
  expect([agrees('', 'loss 2.00\nmore'), agrees('timings', '')]).toEqual([false, false])
})
