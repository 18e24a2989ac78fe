import '../../src/setup.js'
import { viewsOf } from '../../src/explain/formats/views.js'
import { startAfresh } from './backends.js'
import { checkAnswer } from './exercises.js'
import { modulesFor } from './modules.js'
import { computePicture } from './pictures.js'
import { placeOf, runProgram } from './program.js'
import type { Reply, Task } from './protocol.js'
import { show } from './show.js'

/** A reply, before it is told which task it answers. */
export type Answer = Reply extends infer R ? (R extends { id: number } ? Omit<R, 'id'> : never) : never

/** Operations; of more a page would draw no picture that anybody can read. */
const explainedUpTo = 400

/** Do what the page asks for; a mistake in the reader's program is a reply too. */
export async function perform(task: Task, reply: (answer: Answer) => void): Promise<void> {
  startAfresh()
  if (task.type === 'compute') {
    reply({ type: 'values', values: await computePicture(task.picture, task.parameters) })
    return
  }
  let snippet = 0
  const snippets = task.type === 'run' ? task.snippets : [task.answer]
  const modules = modulesFor((explanation) => {
    if (explanation.nodes.length > explainedUpTo) return
    reply({ type: 'explained', snippet, explanation, views: viewsOf(explanation) })
  })
  const log = (...values: unknown[]): void =>
    reply({ type: 'printed', snippet, text: `${values.map((value) => show(value)).join(' ')}\n` })
  const onSnippet = (index: number): void => {
    snippet = index
  }
  try {
    const exported = await runProgram(snippets, { modules, onSnippet, console: { log } })
    if (task.type === 'check') reply({ type: 'checked', results: checkAnswer(task.exercise, exported) })
  } catch (error) {
    const place = placeOf(error, snippets)
    const failure = { message: show(error), snippet: place?.snippet ?? snippet, line: place?.line ?? null }
    reply({ type: 'failed', failure })
  }
}
