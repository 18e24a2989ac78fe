import type { Shape } from './shape.js'

/** What takes time in training, from outer to inner: a phase of a step, a module, an operation of autograd, a kernel. */
export type SpanKind = 'phase' | 'module' | 'op' | 'kernel'

/** What an operation worked on. */
export interface OpWork {
  pass: 'forward' | 'backward'
  inputs: readonly Shape[]
  /** For each input, whether its gradient is wanted. */
  needs: readonly boolean[]
  out: Shape
  options: unknown
}

/** Told when something begins and ends; what begins inside ends inside. */
export interface SpanListener {
  /** @param subject the module object of a `module` */
  begin(kind: SpanKind, name: string, subject?: unknown): void
  /** @param work of an `op` */
  end(work?: OpWork): void
}

/** Null, which costs next to nothing, unless somebody measures. Whoever begins a span asks for it. */
export let spanListener: SpanListener | null = null

/** Have `listener` told while `fn` runs. */
export async function withSpanListener<T>(listener: SpanListener, fn: () => T | Promise<T>): Promise<T> {
  spanListener = listener
  try {
    return await fn()
  } finally {
    spanListener = null
  }
}

/** Have `listener` told while `fn` runs, beside whoever is told already. */
export function teeSpans<T>(listener: SpanListener, fn: () => T): T {
  const before = spanListener
  spanListener = {
    begin(...about) {
      before?.begin(...about)
      listener.begin(...about)
    },
    end(work) {
      before?.end(work)
      listener.end(work)
    },
  }
  try {
    return fn()
  } finally {
    spanListener = before
  }
}

/** Run `fn` as a span. */
export function span<T>(kind: SpanKind, name: string, fn: () => T, subject?: unknown): T {
  if (!spanListener) return fn()
  spanListener.begin(kind, name, subject)
  try {
    return fn()
  } finally {
    spanListener.end()
  }
}
