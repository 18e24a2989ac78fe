import type { AnyModule } from '../nn/module.js'
import type { OpWork, SpanKind, SpanListener } from '../tensor/spans.js'

/** Something that took time; times in milliseconds. */
export interface Span {
  kind: SpanKind
  name: string
  start: number
  duration: number
  /** Of an `op`. */
  work: OpWork | undefined
  /** Of a `module`: where it lies in the model. */
  path: string | undefined
  /** What it happened in. */
  parent: Span | null
}

/** Collects what `spanListener` is told, in the order in which it began. */
export class Profiler implements SpanListener {
  spans: Span[] = []
  readonly #paths: ReadonlyMap<unknown, string>
  #open: Span | null = null

  constructor(model: AnyModule) {
    this.#paths = new Map(Array.from(model.namedModules(), ([path, module]) => [module, path]))
  }

  begin(kind: SpanKind, name: string, subject?: unknown): void {
    const path = subject === undefined ? undefined : this.#paths.get(subject)
    const span: Span = { kind, name, path, work: undefined, parent: this.#open, start: 0, duration: 0 }
    this.#open = span
    this.spans.push(span)
    span.start = performance.now()
  }

  end(work?: OpWork): void {
    const span = this.#open!
    span.duration = performance.now() - span.start
    span.work = work
    this.#open = span.parent
  }
}
