import { GhostgradError } from '../tensor/errors.js'
import { scopeWith } from '../tensor/memory.js'
import { type FloatArray, NdArray } from '../tensor/ndarray.js'
import { ReferenceBackend } from '../tensor/reference/referenceBackend.js'
import type { Tensor } from '../tensor/tensor.js'
import { nodesNewestFirst } from './backward.js'
import { TapeNode } from './op.js'

/** Where graphs are run again: the readable backend in double precision. */
export const exact = new ReferenceBackend('float64')

const toExact = (x: NdArray): NdArray => exact.fromValues(x.backend.read(x), x.shape)

/** A recorded operation, to be run again in double precision. @returns a function of the inputs' arrays there */
export function rerunner(node: TapeNode): (inputs: readonly NdArray[]) => NdArray {
  const options = copied(node.options)
  const needs = node.inputs.map(() => false)
  return (inputs) => node.op.forward(inputs, options, { backend: exact, needs }).out
}

/** Options with copies of the arrays in them: an operation may move those, as batch norm does its running statistics. */
function copied(value: unknown): unknown {
  if (value instanceof NdArray) return toExact(value)
  if (value === null || typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, copied(inner)]))
}

/** The numbers of an input of a recorded operation, in double precision. */
export function exactInput(node: TapeNode, i: number): NdArray {
  const input = node.inputs[i]!
  if (!input.isFreed) return toExact(input.array)
  throw new GhostgradError(
    `input ${i} of ${node.op.name} was freed when the module that made it had run; ` +
      'hand over a function that computes the loss instead of the loss, and everything is kept',
  )
}

/** What made a tensor, or itself where nothing did: the same for every tensor object of one result. */
const keyOf = (x: Tensor): TapeNode | Tensor => (x.node instanceof TapeNode ? x.node : x)

/** A recorded graph that can be evaluated with some of its leaves changed, in double precision; what they do not reach is not run. */
export class Rerun {
  /** The numbers of the root as recomputed. */
  readonly value: FloatArray
  readonly #root: TapeNode
  readonly #steps: { node: TapeNode; inputs: (TapeNode | Tensor)[]; run: (inputs: NdArray[]) => NdArray }[]
  readonly #values = new Map<TapeNode | Tensor, NdArray>()

  constructor(root: TapeNode) {
    this.#root = root
    this.#steps = nodesNewestFirst(root)
      .reverse()
      .map((node) => ({ node, inputs: node.inputs.map(keyOf), run: rerunner(node) }))
    for (const { node, inputs, run } of this.#steps) {
      node.inputs.forEach((input, i) => {
        if (keyOf(input) === input && !this.#values.has(input)) this.#values.set(input, exactInput(node, i))
      })
      this.#values.set(node, run(inputs.map((key) => this.#values.get(key)!)))
    }
    this.value = exact.read(this.#values.get(root)!)
  }

  /** A copy of a leaf's numbers. */
  read(leaf: Tensor): FloatArray {
    return exact.read(this.#values.get(leaf)!)
  }

  /** The root's numbers with these ones in the place of those of some leaves. */
  with(changes: ReadonlyMap<Tensor, ArrayLike<number>>): FloatArray {
    const changed = new Map<TapeNode | Tensor, NdArray>()
    const now = (key: TapeNode | Tensor): NdArray => changed.get(key) ?? this.#values.get(key)!
    return scopeWith(
      () => {
        for (const [leaf, values] of changes) changed.set(leaf, exact.fromValues(values, leaf.shape))
        for (const { node, inputs, run } of this.#steps) {
          if (inputs.some((key) => changed.has(key))) changed.set(node, run(inputs.map(now)))
        }
        return exact.read(now(this.#root))
      },
      () => [],
    )
  }
}
