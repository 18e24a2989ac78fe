/** What a page and its worker tell each other. */
import type { Explanation } from '../../src/explain/explanation.js'
import type { View } from '../../src/explain/formats/views.js'

/** The whole text of a snippet: with the lines around it that the lesson leaves out. */
export type SnippetText = string

export type Task =
  /** Run snippets as one program. */
  | { type: 'run'; snippets: readonly SnippetText[] }
  /** Run the checks of an exercise, `01-tape`, on an answer. */
  | { type: 'check'; exercise: string; answer: string }
  /** The values of a picture. */
  | { type: 'compute'; picture: string; parameters: Readonly<Record<string, unknown>> }

export type Request = Task & { id: number }

/** A mistake in a program, told by the engine or the language. */
export interface Failure {
  message: string
  /** Which snippet; null where that is not known. */
  snippet: number | null
  /** In the whole text of that snippet, from 1. */
  line: number | null
}

/** One check of an exercise. */
export interface CheckResult {
  name: string
  /** What went wrong; null where the check passed. */
  failure: string | null
  hint: string
}

export type Reply = { id: number } & (
  | { type: 'printed'; snippet: number; text: string }
  | { type: 'explained'; snippet: number; explanation: Explanation; views: readonly View[] }
  | { type: 'checked'; results: readonly CheckResult[] }
  | { type: 'values'; values: unknown }
  | { type: 'failed'; failure: Failure }
  | { type: 'done'; milliseconds: number }
)
