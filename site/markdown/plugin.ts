import { relative } from 'node:path'
import type MarkdownIt from 'markdown-it'
import { type Cell, cellsOf } from './cells.js'
import { hasPage, isFile, lessonOf, pageOf, read, resolved, root } from './repository.js'

type Token = ReturnType<MarkdownIt['parse']>[number]

/** What is known of the page that is rendered. */
interface PageEnv {
  /** The file, which the page may have another name than; only where a page is built, not where it is indexed. */
  realPath?: string
  path: string
}

const fileOf = ({ realPath, path }: PageEnv): string => relative(root, realPath ?? path)

/** Makes what a lesson says alive: snippets, exercises and pictures become elements that the page's script knows. Links lead to pages. */
export function coursePlugin(md: MarkdownIt): void {
  md.core.ruler.push('course', ({ tokens, env }) => {
    const file = fileOf(env as PageEnv)
    for (const token of tokens) for (const child of token.children ?? []) rewriteLink(child, file)
    const lesson = lessonOf(file)
    if (lesson) markLesson(tokens, lesson)
  })

  const { fence, html_block } = md.renderer.rules
  md.renderer.rules.fence = (tokens, i, options, env, self) => {
    const token = tokens[i]!
    const html = fence!(tokens, i, options, env, self)
    const attributes = (token.meta as { attributes?: Record<string, string> } | null)?.attributes
    return attributes ? `<div ${attributesText(attributes)}>${html}</div>` : html
  }
  md.renderer.rules.html_block = (tokens, i, options, env, self) => {
    const picture = /^<!-- picture: ([\w-]+) -->/.exec(tokens[i]!.content)
    if (!picture) return html_block!(tokens, i, options, env, self)
    return `<figure class="picture" data-picture="${picture[1]}"><p class="waiting">A picture of real values; it needs JavaScript.</p></figure>`
  }
}

function rewriteLink(token: Token, file: string): void {
  if (token.type !== 'link_open') return
  const href = token.attrGet('href')!
  if (/^([a-z]+:|#|\/)/.test(href)) return
  const [path, anchor] = href.split('#') as [string, string | undefined]
  const target = resolved(file, decodeURI(path))
  const page = hasPage(target) ? pageOf(target) : isFile(target) ? `source/${target}.md` : null
  if (page) token.attrSet('href', `/${page}${anchor === undefined ? '' : `#${anchor}`}`)
}

/** Tell the snippets and their output apart, and turn the command that checks an exercise into the exercise. */
function markLesson(tokens: Token[], lesson: string): void {
  const cells: Cell[] = cellsOf(read(`docs/learn/${lesson}.md`), read(`examples/learn/${lesson}.mjs`))
  let cell = -1
  let shown = -1
  for (const token of tokens.filter(({ type }) => type === 'fence')) {
    const [language, how = ''] = token.info.split(' ') as [string, string?]
    token.info = language
    if (language === 'js') {
      const { head, code, tail } = cells[++cell]!
      token.meta = { attributes: { class: 'cell', 'data-lesson': lesson, 'data-cell': cell, head, code, tail } }
    } else if (language === 'text' && cell >= 0 && how !== 'unrun') {
      const isFirst = shown !== cell
      shown = cell
      token.meta = { attributes: { class: isFirst ? 'output' : 'output more', 'data-cell': cell, 'data-how': how } }
    } else if (language === 'sh' && token.content.includes('exercises/check.mjs')) {
      const code = read(`examples/learn/exercises/${lesson}.mjs`)
      const kept = `examples/learn/solutions/${lesson}.mjs`
      const solution = isFile(kept) ? read(kept) : ''
      token.meta = { attributes: { class: 'exercise', 'data-lesson': lesson, code, solution } }
    }
  }
}

/** Code goes in data attributes, since a template has no scripts. */
const attributesText = (attributes: Record<string, string | number>): string =>
  Object.entries(attributes)
    .map(([name, value]) => `${/^(class|data-)/.test(name) ? name : `data-${name}`}="${escapedAttribute(`${value}`)}"`)
    .join(' ')

const escapedAttribute = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;').replaceAll('\n', '&#10;')
