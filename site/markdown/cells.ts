import { parseAst } from 'vite'

/** Output that a lesson quotes; `how` as in the tests of the lessons: '' word for word, `about` or `timings`. */
export interface Quoted {
  text: string
  how: string
}

/** A snippet of a lesson, with the lines of the program around it that the text leaves out. */
export interface Cell {
  head: string
  /** As the text quotes it. */
  code: string
  tail: string
  /** What the text says that it prints. */
  outputs: Quoted[]
}

interface Statement {
  start: number
  end: number
  prints: boolean
}

const fencePattern = /^```(\w+) ?(.*)\n([\s\S]*?)^```$/gm

/**
 * The program of a lesson, cut into the snippets of its text: heads, snippets and tails one after another are the program again. What
 * lies between two snippets belongs to the first one as far as it prints what the text quotes before the second, else to the second.
 * @throws Error where a snippet is not in the program
 */
export function cellsOf(markdown: string, program: string): Cell[] {
  const blocks = [...markdown.matchAll(fencePattern)].map(([, language, how, text]) => ({
    ...{ language: language!, how: how!, text: text! },
  }))
  const cells: Cell[] = []
  const ranges: Range[] = []
  for (const { language, how, text } of blocks) {
    if (language === 'js') {
      ranges.push(find(program, text, ranges.at(-1)?.end ?? 0))
      cells.push({ head: '', code: text, tail: '', outputs: [] })
    } else if (language === 'text' && how !== 'unrun') cells.at(-1)?.outputs.push({ text, how })
  }
  const statements = statementsOf(program)
  let from = 0
  for (const [i, cell] of cells.entries()) {
    const range = ranges[i]!
    const next = ranges[i + 1]
    const own = statements.filter(({ start, end }) => start < range.end && end > range.start)
    const between = statements.filter(({ start, end }) => start >= range.end && end <= (next?.start ?? program.length))
    const printing = cell.outputs.length > 0 ? between.filter(({ prints }) => prints).at(-1) : undefined
    const last = next ? (printing ?? own.at(-1)) : statements.at(-1)
    const to = last ? lineEnd(program, Math.max(last.end, range.end)) : range.end
    cell.head = program.slice(from, range.start)
    cell.tail = program.slice(range.end, to)
    from = to
  }
  return cells
}

interface Range {
  start: number
  end: number
}

/** Where a snippet lies: the text may have another indentation than the program. */
function find(program: string, code: string, from: number): Range {
  const lines = code.trimEnd().split('\n')
  const pattern = lines.map((line) => `[ ]*${escaped(line.trim())}`).join('\\n')
  const match = new RegExp(`^${pattern}\\n`, 'm').exec(program.slice(from))
  if (!match) throw new Error(`a snippet is not in the program of its lesson:\n${code}`)
  const start = from + match.index
  return { start, end: start + match[0].length }
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

const lineEnd = (text: string, at: number): number => (text[at - 1] === '\n' ? at : text.indexOf('\n', at) + 1)

function statementsOf(program: string): Statement[] {
  return parseAst(program).body.map(({ type, start, end }) => ({
    ...{ start, end },
    prints: !type.endsWith('Declaration') && /console\.log\(|compare\(/.test(program.slice(start, end)),
  }))
}
