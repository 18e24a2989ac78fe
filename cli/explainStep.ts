import { emitKeypressEvents, type Key } from 'node:readline'
import { createInterface } from 'node:readline/promises'
import { showNumber } from '../src/explain/arrayView.js'
import type { ExplainedNode, Explanation } from '../src/explain/explanation.js'
import { callText } from '../src/explain/text.js'
import { showShape } from '../src/tensor/errors.js'
import { say } from './errors.js'
import { compared, numbers } from './explainTable.js'

/** What `--step` shows: each operation forward, each one backward, and the gradients of the leaves. */
export function explainFrames({ nodes, leaves, loss }: Explanation): string[] {
  const forward = nodes.map((node, i) => [`forward ${i + 1} of ${nodes.length}`, ...forwardLines(node)])
  const backward = nodes.toReversed().map((node, i) => [`backward ${i + 1} of ${nodes.length}`, ...backwardLines(node)])
  const end = leaves.flatMap(({ name, gradient, checks }) => {
    if (!gradient) return []
    const [differences, error] = compared(gradient, checks)
    return [line(`${name}.grad`, `${showShape(gradient.shape)}  ${numbers(gradient)}`), ...beside(differences, error)]
  })
  return [...forward, ...backward, [`done: loss ${showNumber(loss)}`, ...end]].map((lines) => lines.join('\n'))
}

const line = (name: string, text: string): string => `  ${name.padEnd(8)}${text}`

const beside = (differences: string, error: string): string[] =>
  differences === '' ? [] : [line('', `by differences ${differences}${error === '' ? '' : `, error ${error}`}`)]

const title = (node: ExplainedNode): string => `#${node.id} ${callText(node)}`

function forwardLines(node: ExplainedNode): string[] {
  const kept = Object.entries(node.saved).map(([name, view]) =>
    line('', `keeps ${name} for backward: ${numbers(view)}`),
  )
  return [title(node), line('y', `${showShape(node.shape)}  ${numbers(node.value)}`), ...kept]
}

function backwardLines(node: ExplainedNode): string[] {
  const outgoing = node.gradients.flatMap((gradient) => {
    const { name } = node.inputs[gradient.input]!
    const [differences, error] = compared(gradient, gradient.checks)
    return [line(`→ ${name}`, `${showShape(gradient.shape)}  ${numbers(gradient)}`), ...beside(differences, error)]
  })
  return [title(node), line('rule', node.rule), line('dy', numbers(node.dy)), ...outgoing]
}

type Move = 'next' | 'back' | 'quit'

const moves: Record<string, Move> = {
  ...{ '': 'next', n: 'next', next: 'next', return: 'next', enter: 'next', space: 'next', right: 'next', down: 'next' },
  ...{ b: 'back', back: 'back', left: 'back', up: 'back', backspace: 'back' },
  ...{ q: 'quit', quit: 'quit', escape: 'quit' },
}

const keys = 'n or Enter: next, b: back, q: quit'

/** Show frames one by one, as keys on a terminal or words on separate lines say. */
export async function walk(frames: readonly string[]): Promise<void> {
  let at = 0
  const show = () => console.log(`${frames[at]}\n`)
  if (process.stdin.isTTY) console.log(`${keys}\n`)
  show()
  for await (const word of process.stdin.isTTY ? pressedKeys() : createInterface({ input: process.stdin })) {
    const move = moves[word.trim().toLowerCase()]
    if (!move) {
      say(`"${word}": expected ${keys}`)
      continue
    }
    if (move === 'quit') return
    at += move === 'next' ? 1 : -1
    if (at === frames.length) return
    at = Math.max(0, at)
    show()
  }
}

/** The names of the keys that are pressed; ends at Ctrl-C. */
async function* pressedKeys(): AsyncGenerator<string> {
  const { stdin } = process
  emitKeypressEvents(stdin)
  stdin.setRawMode(true)
  try {
    while (true) {
      const key = await new Promise<Key>((resolve) => stdin.once('keypress', (_, pressed: Key) => resolve(pressed)))
      if (key.ctrl && (key.name === 'c' || key.name === 'd')) return
      yield key.name ?? key.sequence ?? ''
    }
  } finally {
    stdin.setRawMode(false)
    stdin.pause()
  }
}
