import type { Backend } from '../tensor/backend.js'
import { GhostgradError, showShape } from '../tensor/errors.js'
import { type NdArray, NdArray as NdArrayClass } from '../tensor/ndarray.js'
import { spanListener } from '../tensor/spans.js'
import { type GraphNode, Tensor } from '../tensor/tensor.js'
import { callSite, isAnomalyEnabled, refuseNaN } from './anomaly.js'
import { isGradEnabled } from './gradMode.js'

/**
 * An operation is one object: `forward` computes the result and says what backward will need; `backward` is pure and returns
 * one gradient, or null, for each input. The engine alone records, orders, un-broadcasts, accumulates and frees.
 *
 * A gradient may have the broadcast shape of the output: the engine sums it down to the input's shape.
 */
export interface Op<Options, Saved> {
  readonly name: string
  /** The backward rule in mathematics, for `explain` and for readers: `dx = dy · y · (1 − y)`. */
  readonly rule: string
  forward(inputs: readonly NdArray[], options: Options, context: OpContext): { out: NdArray; saved: Saved }
  backward(dy: NdArray, saved: Saved, context: BackwardContext<Options>): readonly (NdArray | null)[]
}

/** What `backward` of an operation knows besides the gradient and what was saved. */
export interface BackwardContext<Options> extends OpContext {
  readonly options: Options
  /** Whether nobody will look at dy again: a rule may then put a gradient of its shape in its place. */
  readonly mayOverwrite: boolean
}

/** What both rules of an operation know. */
export interface OpContext {
  readonly backend: Backend
  /** For each input, whether its gradient is wanted: save and compute nothing for the others. */
  readonly needs: readonly boolean[]
}

/** An operation on the tape: what was called, on which tensors, and what backward needs. */
export class TapeNode implements GraphNode {
  static #count = 0

  /** The id of the newest node; 0 before there is one. */
  static get newest(): number {
    return TapeNode.#count
  }

  readonly id = ++TapeNode.#count
  readonly held: NdArray[]
  readonly #versions: readonly number[]
  /** What `registerHook` has put here, for the tensor that this operation made. */
  gradientHooks: Set<unknown> | null = null
  /** Null once backward has used and released it. */
  saved: { value: unknown } | null
  /** The tensor to put the gradient into, where the user asked for one with `retainGrad`. */
  retainGradIn: Tensor | null = null

  constructor(
    readonly op: Op<unknown, unknown>,
    readonly inputs: readonly Tensor[],
    readonly options: unknown,
    readonly context: OpContext,
    saved: unknown,
    readonly shape: readonly number[],
    /** The line that called the operation, where `detectAnomaly` is running. */
    readonly calledAt: string | null,
  ) {
    this.saved = { value: saved }
    this.held = [...arraysIn(saved)]
    for (const array of this.held) array.block.hold()
    this.#versions = this.held.map(({ block }) => block.version)
  }

  /** Refuse to go back over this operation if what it saved has been overwritten. */
  requireUnchanged(): void {
    const changed = this.held.find(({ block }, i) => block.version !== this.#versions[i])
    if (!changed) return
    const input = this.inputs.findIndex((x) => !x.isFreed && x.array.block === changed.block)
    const what = input < 0 ? `an array ${showShape(changed.shape)}` : `its input ${input} ${showShape(changed.shape)}`
    const { name } = this.op
    throw new GhostgradError(
      `backward: ${name} needs ${what} as it was in the forward pass, but it has been overwritten since, by set(), loadStateDict() ` +
        `or an optimizer's step(); do that after backward()${this.calledAt ? `. ${name} was called at ${this.calledAt}` : ''}`,
    )
  }

  release(): void {
    if (!this.saved) return
    this.saved = null
    for (const array of this.held) array.block.letGo()
    this.held.length = 0
  }
}

/** The arrays in what an op saved: an array, or a list or record of arrays (and other things, which are passed over). */
function* arraysIn(saved: unknown): Generator<NdArray> {
  if (saved instanceof NdArrayClass) yield saved
  else if (Array.isArray(saved)) for (const item of saved) yield* arraysIn(item)
  else if (saved !== null && typeof saved === 'object' && !ArrayBuffer.isView(saved)) {
    for (const item of Object.values(saved)) if (item instanceof NdArrayClass) yield item
  }
}

/** Make a function on tensors from an operation's two rules. */
export function defineOp<Options = void, Saved = unknown>(
  op: Op<Options, Saved>,
): (inputs: readonly Tensor[], options: Options) => Tensor {
  return (inputs, options) => {
    const record = isGradEnabled() && inputs.some((x) => x.requiresGrad)
    const context: OpContext = {
      backend: inputs[0]!.array.backend,
      needs: inputs.map((x) => record && x.requiresGrad),
    }
    const listener = spanListener
    listener?.begin('op', op.name)
    const arrays = inputs.map((x) => x.array)
    const { out, saved } = op.forward(arrays, options, context)
    listener?.end({
      pass: 'forward',
      inputs: inputs.map((x) => x.shape),
      needs: context.needs,
      out: out.shape,
      options,
    })
    const calledAt = isAnomalyEnabled() ? callSite() : null
    if (calledAt !== null) refuseNaN(op.name, arrays, out, calledAt)
    const result = new Tensor(out, { requiresGrad: record })
    if (record) {
      result.node = new TapeNode(op as Op<unknown, unknown>, inputs, options, context, saved, out.shape, calledAt)
    }
    return result
  }
}
