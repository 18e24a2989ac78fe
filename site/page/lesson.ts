import type { Explanation } from '../../src/explain/explanation.js'
import type { View } from '../../src/explain/formats/views.js'
import type { Failure, Reply } from '../worker/protocol.js'
import { compared, type QuotedOutput } from './compared.js'
import { make } from './dom.js'
import { EditableCode } from './editableCode.js'
import { engine } from './engine.js'

const milliseconds = (ms: number): string => (ms < 1000 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(1)} s`)

/** A snippet with its output. */
class Snippet {
  readonly element: HTMLElement
  readonly run: HTMLButtonElement
  readonly #head: string
  readonly #tail: string
  readonly #code: EditableCode
  readonly #quoted: readonly QuotedOutput[]
  readonly #output: HTMLElement
  readonly #note: HTMLElement
  #printed = ''

  /** @param onRun told that the reader wants to see the snippet run, and all before it */
  constructor(element: HTMLElement, outputs: readonly HTMLElement[], number: number, onRun: () => void) {
    this.element = element
    this.#head = element.dataset.head!
    this.#tail = element.dataset.tail!
    this.#quoted = outputs.map((output) => ({
      text: output.querySelector('code')!.textContent!,
      how: output.dataset.how!,
    }))
    this.#output =
      outputs[0] ?? element.parentElement!.insertBefore(make('div', { class: 'output none' }), element.nextSibling)
    this.#note = make('p', { class: 'note', role: 'status' })
    this.#output.append(this.#note)
    this.run = make('button', { type: 'button', class: 'run', title: 'Control and Enter' }, 'Run')
    this.run.addEventListener('click', onRun)
    const reset = make('button', { type: 'button', class: 'reset', hidden: true }, 'Reset')
    this.#code = new EditableCode(element, element.dataset.code!, {
      label: `Snippet ${number}`,
      onRun,
      onChange: (isChanged) => {
        reset.hidden = !isChanged
      },
    })
    reset.addEventListener('click', () => this.#code.reset())
    const edit = make('button', { type: 'button', class: 'edit' }, 'Edit')
    edit.addEventListener('click', () => this.#code.edit())
    element.append(make('div', { class: 'bar' }, this.run, edit, reset, this.#around()))
  }

  /** With the lines that the lesson leaves out. */
  get text(): string {
    return `${this.#head}${this.#code.text.trimEnd()}\n${this.#tail}`
  }

  clear(): void {
    this.#printed = ''
    this.#output.querySelector('.failure')?.remove()
    this.#output.querySelector('.step-through')?.remove()
  }

  print(text: string): void {
    this.#printed += text
    this.#show(this.#printed)
  }

  /** Say whether the output is what the lesson says. */
  finish(ms: number | null): void {
    this.#show(this.#printed)
    if (this.#quoted.length === 0) {
      this.#note.textContent = this.#printed === '' ? 'ran; prints nothing' : ''
      return
    }
    const { printed, written } = compared(this.#quoted, this.#printed)
    const isSame = JSON.stringify(printed) === JSON.stringify(written)
    this.#output.dataset.same = String(isSame)
    const time = ms === null ? '' : `, in ${milliseconds(ms)}`
    this.#note.textContent = `printed here${time}: ${isSame ? 'as the text says' : 'not what the text says, which is fine where you changed something'}`
  }

  fail({ message, line }: Failure): void {
    const headLines = this.#head.split('\n').length - 1
    const own = line === null ? null : line - headLines
    const codeLines = this.#code.text.trimEnd().split('\n').length
    const place = own === null ? '' : own < 1 || own > codeLines ? 'in a line that is not shown: ' : `line ${own}: `
    this.#output.append(make('pre', { class: 'failure', role: 'alert' }, place + message))
    this.#note.textContent = 'stopped here'
    this.#output.dataset.same = 'false'
  }

  /** Offer to walk through the tape that the snippet explained. */
  explain(explanation: Explanation, views: readonly View[]): void {
    this.#output.querySelector('.step-through')?.remove()
    const place = make('div', { class: 'step-through' })
    const open = make('button', { type: 'button' }, 'Walk through this tape, step by step')
    open.addEventListener('click', async () => {
      const { openDebugger } = await import('./debugger.js')
      openDebugger(place, explanation, views)
    })
    place.append(open)
    this.#output.append(place)
  }

  #show(text: string): void {
    let pre = this.#output.querySelector<HTMLElement>('pre:not(.failure) code')
    if (!pre) {
      pre = make('code')
      this.#output.prepend(make('pre', { class: 'printed' }, pre))
    }
    if (text !== '' || pre.textContent !== '') pre.textContent = text
    this.#output.classList.toggle('none', text === '' && this.#quoted.length === 0)
  }

  #around(): HTMLElement | null {
    const count = (text: string) => text.split('\n').filter((line) => line.trim() !== '').length
    const lines = count(this.#head) + count(this.#tail)
    if (lines === 0) return null
    const around = make('details', {}, make('summary', {}, `${lines} lines around it`))
    for (const [when, text] of [
      ['before', this.#head],
      ['after', this.#tail],
    ] as const) {
      if (text.trim() !== '') around.append(make('p', {}, `${when}:`), make('pre', {}, text.trim()))
    }
    return around
  }
}

/** All snippets of a page: running one runs those before it too, as one program, so that nothing depends on what was clicked before. */
export function mountSnippets(root: ParentNode): void {
  const cells = [...root.querySelectorAll<HTMLElement>('.cell')]
  if (cells.length === 0 || cells[0]!.querySelector('.bar')) return
  const snippets: Snippet[] = cells.map((element, i) => {
    const outputs = [...root.querySelectorAll<HTMLElement>(`.output[data-cell="${i}"]`)]
    return new Snippet(element, outputs, i + 1, () => void toggle(i))
  })
  let running: Snippet | null = null

  async function toggle(last: number): Promise<void> {
    if (running) return engine.stop()
    running = snippets[last]!
    const started = running
    started.run.textContent = 'Stop'
    const program = snippets.slice(0, last + 1)
    for (const snippet of program) snippet.clear()
    let failed: Failure | null = null
    let ms: number | null = null
    await engine.perform({ type: 'run', snippets: program.map(({ text }) => text) }, (reply: Reply) => {
      if (reply.type === 'printed') program[reply.snippet]!.print(reply.text)
      if (reply.type === 'explained') program[reply.snippet]!.explain(reply.explanation, reply.views)
      if (reply.type === 'failed') failed = reply.failure
      if (reply.type === 'done') ms = reply.milliseconds
    })
    const stopped: Failure | null = ms === null && !failed ? { message: 'stopped', snippet: last, line: null } : failed
    const end = stopped === null ? last + 1 : (stopped.snippet ?? last)
    for (const snippet of program.slice(0, end)) snippet.finish(snippet === started ? ms : null)
    if (stopped) program[end]!.fail(stopped)
    running = null
    started.run.textContent = 'Run'
    started.element.dispatchEvent(new CustomEvent('ran', { bubbles: true }))
  }
}
