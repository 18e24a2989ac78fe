import { TapeNode } from '../autograd/op.js'
import { closest } from '../models/closest.js'
import type { AnyModule } from '../nn/module.js'
import { ConfigError } from '../tensor/errors.js'
import type { SpanKind, SpanListener } from '../tensor/spans.js'
import type { ModuleCall } from './explanation.js'

/** Notes which operations are recorded while which modules run. Modules that are not in the model count as part of their caller. */
export class ModuleCalls implements SpanListener {
  readonly calls: (ModuleCall & { first: number; last: number })[] = []
  readonly #paths: ReadonlyMap<unknown, string>
  /** The calls that are open, from outer to inner; null for spans of another kind. */
  readonly #open: (number | null)[] = []

  constructor(model: AnyModule | undefined) {
    this.#paths = new Map(Array.from(model?.namedModules() ?? [], ([path, module]) => [module, path]))
  }

  begin(_: SpanKind, name: string, subject?: unknown): void {
    const path = this.#paths.get(subject)
    this.#open.push(path === undefined ? null : this.calls.length)
    if (path === undefined) return
    const parent = this.#open.slice(0, -1).findLast((call) => call !== null) ?? null
    this.calls.push({ path, type: name, parent, first: TapeNode.newest + 1, last: Infinity })
  }

  end(): void {
    const call = this.#open.pop()
    if (call !== null && call !== undefined) this.calls[call]!.last = TapeNode.newest
  }

  /** Whether nodes were recorded inside the module of this path. */
  inside(path: string): (node: TapeNode) => boolean {
    const ranges = this.calls.filter((call) => call.path === path)
    if (ranges.length > 0) return ({ id }) => ranges.some(({ first, last }) => first <= id && id <= last)
    const paths = [...new Set(this.calls.map((call) => call.path))].filter((known) => known !== '')
    const near = closest(path, paths)
    throw new ConfigError(
      paths.length === 0
        ? `module "${path}": no modules are known; give the model, and the loss as a function`
        : `unknown module "${path}";${near ? ` did you mean "${near}"?` : ''} known: ${paths.join(', ')}`,
    )
  }

  /** The innermost call in which a node was recorded. */
  of({ id }: TapeNode): number | null {
    const call = this.calls.findLastIndex(({ first, last }) => first <= id && id <= last)
    return call === -1 ? null : call
  }
}
