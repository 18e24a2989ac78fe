import { GhostgradError, ShapeError, showShape } from '../tensor/errors.js'
import type { NdArray } from '../tensor/ndarray.js'
import { recording } from '../tensor/recording.js'
import { sameShape } from '../tensor/shape.js'
import { Tensor } from '../tensor/tensor.js'
import { TapeNode } from './op.js'

/** Looks at a gradient, and may return another one to go on with. */
export type GradientHook = (gradient: Tensor) => Tensor | undefined | void

/** What registering a hook returns. */
export interface RemovableHandle {
  /** Do not call the hook any more. */
  remove(): void
}

/** Put a hook in a set; the handle takes it out. */
export function addHook<Hook>(hooks: Set<Hook>, hook: Hook): RemovableHandle {
  hooks.add(hook)
  return { remove: () => void hooks.delete(hook) }
}

/**
 * Have `hook` called in each `backward()` with the whole gradient of x, before it goes further back or is added to `x.grad`. As
 * Tensor.register_hook; hooks run in the order in which they were registered.
 */
export function registerHook(x: Tensor, hook: GradientHook): RemovableHandle {
  if (!x.requiresGrad) {
    throw new GhostgradError(
      `registerHook: backward() computes no gradient for this tensor ${showShape(x.shape)}; make it with requiresGrad`,
    )
  }
  const holder = x.node instanceof TapeNode ? x.node : x
  holder.gradientHooks ??= new Set<GradientHook>()
  return addHook(holder.gradientHooks as Set<GradientHook>, hook)
}

/** The gradient that the hooks leave. */
export function throughHooks(hooks: ReadonlySet<unknown> | null, gradient: NdArray): NdArray {
  if (!hooks || hooks.size === 0) return gradient
  recording?.refuse('a hook looked at a gradient')
  gradient.block.leaveToCollector() // a hook may keep it
  let result = new Tensor(gradient)
  for (const hook of hooks as ReadonlySet<GradientHook>) {
    const other = hook(result)
    if (!other) continue
    if (!sameShape(other.shape, gradient.shape)) {
      throw new ShapeError(
        `registerHook: expected the hook to return a gradient of shape ${showShape(gradient.shape)}, got ${showShape(other.shape)}`,
      )
    }
    result = other
  }
  return result.array
}
