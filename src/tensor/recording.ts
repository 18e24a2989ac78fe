import { type OpWork, type SpanKind, type SpanListener, spanListener, teeSpans } from './spans.js'

/**
 * What a function did to memory, to be done again: its kernel calls and the steps of the host between them, without the modules,
 * operations and tape that led to them. It holds addresses, so that it is to be made on memory of its own (`Backend.newArena`).
 */
export class Recording {
  readonly #steps: (() => void)[] = []
  #refusal: string | null = null

  /** Note something that was done. */
  add(step: () => void): void {
    this.#steps.push(step)
  }

  /** Note that something happened which cannot be repeated blindly, such as a number read by the host. */
  refuse(reason: string): void {
    this.#refusal ??= reason
  }

  /** Why this must not be replayed; null where it may. */
  get refusal(): string | null {
    return this.#refusal
  }

  /** Do it all again, in the same order on the same addresses. */
  replay(): void {
    for (const step of this.#steps) step()
  }
}

/** Null unless something is being recorded. What touches memory tells it. */
export let recording: Recording | null = null

/** Run `fn` and record what it does, its spans included. */
export function record<T>(fn: () => T): { result: T; recording: Recording } {
  if (recording) throw new Error('internal: a recording inside a recording')
  const own = new Recording()
  recording = own
  try {
    return { result: teeSpans(new SpanRecorder(own), fn), recording: own }
  } finally {
    recording = null
  }
}

/** Run a step of the host that a replay has to do as well: one that writes to memory, draws random numbers, or counts. */
export function hostStep(step: () => void): void {
  step()
  recording?.add(step)
}

/** Puts spans into a recording, but for those of kernels, which tell of themselves whenever they run. */
class SpanRecorder implements SpanListener {
  readonly #kinds: SpanKind[] = []
  constructor(readonly target: Recording) {}

  begin(kind: SpanKind, name: string, subject?: unknown): void {
    this.#kinds.push(kind)
    if (kind !== 'kernel') this.target.add(() => spanListener?.begin(kind, name, subject))
  }

  end(work?: OpWork): void {
    if (this.#kinds.pop() !== 'kernel') this.target.add(() => spanListener?.end(work))
  }
}
