import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../../', import.meta.url))

/** A fenced block of a lesson. */
interface Block {
  /** `js`: code of the example. `text`: its output. `console`: a command after `$`, and its output. */
  language: string
  /**
   * How output is compared. Default: word for word. `about`: numbers to 15 %, since float32 sums in another order end in other digits.
   * `timings`: words only, since numbers are the machine's.
   */
  how: string
  text: string
}

export interface Lesson {
  /** `01-tape` */
  name: string
  markdown: string
  blocks: Block[]
}

export const lessons: readonly Lesson[] = readdirSync(`${root}docs/learn`)
  .filter((file) => /^\d\d-.*\.md$/.test(file))
  .sort()
  .map((file) => {
    const markdown = readFileSync(`${root}docs/learn/${file}`, 'utf8')
    const blocks = [...markdown.matchAll(/^```(\w+) ?(.*)\n([\s\S]*?)^```$/gm)].map(([, language, how, text]) => {
      return { language: language!, how: how!, text: text! }
    })
    return { name: file.replace('.md', ''), markdown, blocks }
  })

const linesOf = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')

const numberPattern = /-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/g

const wordsOf = (line: string): string => line.replace(numberPattern, '#').replace(/ +/g, ' ')

/** What a block may differ in is taken from the output; what it may not differ in stays as the block has it. */
function asPrinted(line: string, printed: string | undefined, how: string): string {
  if (printed === undefined || how === '' || wordsOf(line) !== wordsOf(printed)) return line
  if (how === 'timings') return printed
  const numbers = (text: string) => (text.match(numberPattern) ?? []).map(Number)
  const actual = numbers(printed)
  const near = numbers(line).every((v, i) => Math.abs(v - actual[i]!) <= 0.15 * Math.abs(v))
  return near ? printed : line
}

/** Output beside what the lesson says of it: equal where the lesson is true. Blank lines do not count. */
export function compared(blocks: readonly Block[], output: string): { printed: string[]; written: string[] } {
  const printed = linesOf(output)
  const written = blocks
    .flatMap(({ text, how }) => linesOf(text).map((line) => ({ line, how })))
    .map(({ line, how }, i) => asPrinted(line, printed[i], how))
  return { printed, written }
}
