import type { CheckResult, Failure } from '../worker/protocol.js'
import { make } from './dom.js'
import { EditableCode } from './editableCode.js'
import { engine } from './engine.js'
import { answerOf, dropAnswer, keepAnswer, keepSolved, solvedLessons } from './progress.js'

/** The exercises of a page: an answer, which the browser keeps, and the checks of the command line beneath. */
export function mountExercises(root: ParentNode): void {
  for (const element of root.querySelectorAll<HTMLElement>('.exercise')) {
    if (!element.querySelector('.bar')) mountExercise(element)
  }
}

function mountExercise(element: HTMLElement): void {
  const { lesson, code, solution } = element.dataset as { lesson: string; code: string; solution: string }
  const place = make(
    'div',
    { class: 'cell' },
    make('div', { class: 'language-js' }, make('pre', {}, make('code', {}, code))),
  )
  const results = make('div', { class: 'results', role: 'status' })
  const check = make('button', { type: 'button', class: 'run' }, 'Check')
  const answer = new EditableCode(place, code, {
    label: 'Your answer',
    onRun: () => void run(),
    onChange: (isChanged, text) => {
      reset.hidden = !isChanged
      if (isChanged) keepAnswer(lesson, text)
      else dropAnswer(lesson)
    },
  })
  const reset = make('button', { type: 'button', class: 'reset', hidden: true }, 'Begin anew')
  const solved = make('button', { type: 'button', class: 'solution', hidden: solution === '' }, 'Show a solution')
  check.addEventListener('click', () => void run())
  reset.addEventListener('click', () => answer.reset())
  solved.addEventListener('click', () => void answer.set(solution))
  place.append(make('div', { class: 'bar' }, check, reset, solved))
  element.append(
    make('p', {}, 'Or here: write it, and have it checked in the page, by the same checks.'),
    place,
    results,
  )
  const kept = answerOf(lesson)
  if (kept !== undefined) void answer.set(kept)
  if (solvedLessons().includes(lesson)) results.append(make('p', { class: 'score' }, 'You have solved this one.'))

  let isRunning = false
  async function run(): Promise<void> {
    if (isRunning) return engine.stop()
    isRunning = true
    check.textContent = 'Stop'
    results.replaceChildren()
    let isDone = false
    await engine.perform({ type: 'check', exercise: lesson, answer: answer.text }, (reply) => {
      if (reply.type === 'checked') showResults(reply.results)
      if (reply.type === 'failed') showFailure(reply.failure)
      if (reply.type === 'done') isDone = true
    })
    if (!isDone) results.append(make('p', { class: 'score' }, 'stopped: does a loop in it end?'))
    check.textContent = 'Check'
    isRunning = false
    element.dispatchEvent(new CustomEvent('ran', { bubbles: true }))
  }

  function showResults(all: readonly CheckResult[]): void {
    const passed = all.filter(({ failure }) => failure === null).length
    const said = new Set<string>()
    const items = all.map(({ name, failure, hint }) => {
      if (failure === null) return make('li', { class: 'pass' }, name)
      const isNew = !said.has(hint) && !failure.startsWith('your turn')
      said.add(hint)
      const told = isNew ? make('details', {}, make('summary', {}, 'Hint'), hint) : null
      return make('li', { class: 'fail' }, name, make('pre', {}, failure), told)
    })
    results.replaceChildren(
      make('p', { class: 'score' }, `${passed} of ${all.length} checks pass`),
      make('ul', {}, ...items),
    )
    results.dataset.score = `${passed}/${all.length}`
    if (passed === all.length) keepSolved(lesson)
  }

  function showFailure({ message, line }: Failure): void {
    const place = line === null ? '' : `line ${line}: `
    results.append(make('pre', { class: 'failure', role: 'alert' }, place + message))
    results.dataset.score = ''
  }
}
