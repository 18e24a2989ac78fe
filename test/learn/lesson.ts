import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { QuotedOutput } from '../../site/page/compared.js'

export const root = fileURLToPath(new URL('../../', import.meta.url))

/** A fenced block of a lesson. */
interface Block extends QuotedOutput {
  /** `js`: code of the example. `text`: its output. `console`: a command after `$`, and its output. */
  language: string
}

export interface Lesson {
  /** `01-tape` */
  name: string
  markdown: string
  /** The program whose code the lesson quotes. */
  program: string
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
    const name = file.replace('.md', '')
    return { name, markdown, blocks, program: readFileSync(`${root}examples/learn/${name}.mjs`, 'utf8') }
  })
