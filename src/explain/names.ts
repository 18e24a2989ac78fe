import { TapeNode } from '../autograd/op.js'
import type { AnyModule } from '../nn/module.js'
import type { Tensor } from '../tensor/tensor.js'
import { showNumber } from './arrayView.js'

/** What the tensors of a graph are called: `#3` for results, else the given name, the parameter's, or a number. */
export class Names {
  readonly #names: Map<Tensor, string>
  readonly #ids: ReadonlyMap<TapeNode, number>
  #unnamed = { leaf: 0, constant: 0 }

  /**
   * @param tape oldest first
   * @param module parameters inside it are called as it calls them, without its own path
   */
  constructor(
    tape: readonly TapeNode[],
    model: AnyModule | undefined,
    given: Readonly<Record<string, Tensor>> = {},
    module = '',
  ) {
    this.#ids = new Map(tape.map((node, i) => [node, i + 1]))
    this.#names = new Map(
      Array.from(model?.namedParameters() ?? [], ([name, parameter]) => [
        parameter,
        module !== '' && name.startsWith(`${module}.`) ? name.slice(module.length + 1) : name,
      ]),
    )
    for (const [name, tensor] of Object.entries(given)) this.#names.set(tensor, name)
  }

  /** From 1, in the order in which the operations ran. */
  idOf(node: TapeNode): number {
    return this.#ids.get(node)!
  }

  of(x: Tensor): string {
    if (x.node instanceof TapeNode) return `#${this.idOf(x.node)}`
    const name = this.#names.get(x) ?? this.#invent(x)
    this.#names.set(x, name)
    return name
  }

  /** A constant of one number is called by that number. */
  #invent(x: Tensor): string {
    if (!x.requiresGrad && x.size === 1 && !x.isFreed) return showNumber(x.item())
    const kind = x.requiresGrad ? 'leaf' : 'constant'
    return `${kind} ${++this.#unnamed[kind]}`
  }
}
