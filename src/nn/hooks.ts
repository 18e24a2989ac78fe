/** Hooks on modules, as those of torch.nn.Module. */
import { isGradEnabled } from '../autograd/gradMode.js'
import { registerHook } from '../autograd/hooks.js'
import { reshape } from '../autograd/ops/shape.js'
import { GhostgradError } from '../tensor/errors.js'
import { Tensor } from '../tensor/tensor.js'
import type { AnyModule } from './module.js'

/**
 * Called before a module's `forward`; what it returns, a list or the only input, takes the place of the inputs. These are typed as
 * tensors, which most are: cast those that are not.
 */
export type ForwardPreHook<Self = AnyModule> = (
  module: Self,
  inputs: readonly Tensor[],
) => readonly Tensor[] | Tensor | undefined | void

/** Called after a module's `forward`; what it returns takes the place of the output. */
export type ModuleHook<Out = unknown, Self = AnyModule> = (
  module: Self,
  inputs: readonly Tensor[],
  output: Out,
) => Out | undefined | void

/**
 * Called in `backward()` with the gradients by a module's inputs and by its outputs, null where there is none. What it returns, a list or
 * the only gradient, goes further back in the place of the first.
 */
export type FullBackwardHook<Self = AnyModule> = (
  module: Self,
  gradInput: readonly (Tensor | null)[],
  gradOutput: readonly (Tensor | null)[],
) => readonly (Tensor | null)[] | Tensor | undefined | void

/** The hooks of a module. */
export class ModuleHooks {
  readonly pre = new Set<ForwardPreHook>()
  readonly post = new Set<ModuleHook>()
  readonly backward = new Set<FullBackwardHook>()

  get size(): number {
    return this.pre.size + this.post.size + this.backward.size
  }

  /** Run a module's `forward` with its hooks around it. */
  around(module: AnyModule, given: readonly unknown[], forward: (inputs: readonly unknown[]) => unknown): unknown {
    let inputs = given as readonly Tensor[]
    for (const hook of this.pre) {
      const other = hook(module, inputs)
      if (other) inputs = other instanceof Tensor ? [other] : other
    }
    const watched = this.backward.size > 0 && isGradEnabled() ? new WatchedCall(module, this.backward, inputs) : null
    let output = forward(watched ? watched.inputs : inputs)
    for (const hook of this.post) output = hook(module, inputs, output) ?? output
    return watched ? watched.watch(output) : output
  }
}

/** One call of a module whose gradients somebody waits for: its inputs and outputs are views that hooks watch. */
class WatchedCall {
  readonly inputs: unknown[]
  readonly #gradInput: (Tensor | null)[]
  #gradOutput: (Tensor | null)[] = []
  /** Inputs whose gradient has not come yet. */
  #missing = 0

  constructor(
    readonly module: AnyModule,
    readonly hooks: ReadonlySet<FullBackwardHook>,
    inputs: readonly unknown[],
  ) {
    this.#gradInput = inputs.map(() => null)
    this.inputs = inputs.map((input, i) => {
      if (!(input instanceof Tensor && input.requiresGrad)) return input
      this.#missing++
      return watchedView(input, (gradient) => this.#receive(i, gradient))
    })
  }

  watch(output: unknown): unknown {
    const outputs = Array.isArray(output) ? output : [output]
    const needsInput = this.#missing > 0
    this.#gradOutput = outputs.map(() => null)
    const watched = outputs.map((out, i) => {
      if (!(out instanceof Tensor && out.requiresGrad)) return out
      return watchedView(out, (gradient) => {
        this.#gradOutput[i] = gradient
        if (!needsInput) this.#call()
      })
    })
    return Array.isArray(output) ? watched : watched[0]
  }

  #receive(i: number, gradient: Tensor): Tensor | undefined {
    this.#gradInput[i] = gradient
    if (--this.#missing > 0) return undefined
    const before = this.#gradInput
    const after = this.#call()
    const others = before.some((g, j) => j !== i && after[j] !== g)
    if (!others) return after[i] ?? undefined
    throw new GhostgradError(
      `registerFullBackwardHook: ${this.module.constructor.name} has several inputs with gradients; a hook can look at those, ` +
        'but replace the gradient of a module with one input only',
    )
  }

  #call(): readonly (Tensor | null)[] {
    let gradInput: readonly (Tensor | null)[] = this.#gradInput
    for (const hook of this.hooks) {
      const other = hook(this.module, gradInput, this.#gradOutput)
      if (other) gradInput = other instanceof Tensor ? [other] : other
    }
    return gradInput
  }
}

function watchedView(x: Tensor, hook: (gradient: Tensor) => Tensor | undefined | void): Tensor {
  const view = reshape(x, x.shape)
  registerHook(view, hook)
  return view
}
