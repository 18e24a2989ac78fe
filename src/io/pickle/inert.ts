import type { Stateful } from './machine.js'

/**
 * A class or function that a pickle names and the reader does not know. It is never looked up, and calling it makes an
 * `InertObject`.
 */
export class InertClass {
  /** @param path `collections.Counter` */
  constructor(readonly path: string) {}
}

/** What a call of an unknown class or function would have made: its arguments and state, kept as data. */
export class InertObject implements Stateful {
  /** What was appended to it, if the class is a kind of list or set. */
  readonly items: unknown[] = []
  /** What was put into it by key, if the class is a kind of dict. */
  readonly entries = new Map<unknown, unknown>()
  state: unknown = null

  constructor(
    /** Path of the class, `torch.nn.modules.linear.Linear`. */
    readonly type: string,
    readonly args: readonly unknown[],
  ) {}

  setState(state: unknown): void {
    this.state = state
  }

  /** The attributes that the object would have had, by name: of its state, and of the slots beside it. */
  get attributes(): ReadonlyMap<unknown, unknown> {
    const parts = Array.isArray(this.state) ? this.state : [this.state]
    return new Map(parts.flatMap((part) => (part instanceof Map ? [...part] : [])))
  }
}

/** The path that stands for whatever is called as if it were a class. */
export const pathOf = (callable: unknown): string =>
  callable instanceof InertClass ? callable.path : callable instanceof InertObject ? callable.type : 'unknown'
