import check01 from '../../examples/learn/exercises/tests/01-tape.mjs'
import check02 from '../../examples/learn/exercises/tests/02-broadcasting.mjs'
import check03 from '../../examples/learn/exercises/tests/03-matmul.mjs'
import check04 from '../../examples/learn/exercises/tests/04-convolution.mjs'
import check05 from '../../examples/learn/exercises/tests/05-batch-norm.mjs'
import check06 from '../../examples/learn/exercises/tests/06-ghost-module.mjs'
import check07 from '../../examples/learn/exercises/tests/07-training.mjs'
import check08 from '../../examples/learn/exercises/tests/08-speed.mjs'
import check09 from '../../examples/learn/exercises/tests/09-deep.mjs'
import check10 from '../../examples/learn/exercises/tests/10-quantity.mjs'
import type { CheckResult } from './protocol.js'

/** A check of an exercise; `run` throws where the answer is wrong. */
interface Check {
  name: string
  hint: string
  run: () => void
}

// biome-ignore lint/suspicious/noExplicitAny: each takes what its own exercise exports
type Checks = (answer: any) => readonly Check[]

const exercises: Readonly<Record<string, Checks>> = {
  ...{ '01-tape': check01, '02-broadcasting': check02, '03-matmul': check03, '04-convolution': check04 },
  ...{ '05-batch-norm': check05, '06-ghost-module': check06, '07-training': check07, '08-speed': check08 },
  ...{ '09-deep': check09, '10-quantity': check10 },
}

/** Every check of an exercise, in order. @param answer what the reader's module exports */
export const checkAnswer = (exercise: string, answer: Record<string, unknown>): CheckResult[] =>
  exercises[exercise]!(answer).map(({ name, hint, run }) => {
    try {
      run()
      return { name, hint, failure: null }
    } catch (error) {
      return { name, hint, failure: (error as Error).message }
    }
  })
