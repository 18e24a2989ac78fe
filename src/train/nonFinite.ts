import { backward } from '../autograd/backward.js'
import * as F from '../autograd/functional.js'
import { noGrad } from '../autograd/gradMode.js'
import type { Batch } from '../data/loader.js'
import type { AnyModule, Module } from '../nn/module.js'
import { Parameter } from '../nn/parameter.js'
import { tensor } from '../tensor/create.js'
import { GhostgradError } from '../tensor/errors.js'
import type { NdArray } from '../tensor/ndarray.js'
import { scope, Tensor } from '../tensor/tensor.js'

/** Training or evaluation met a NaN or an infinity. */
export class NonFiniteError extends GhostgradError {
  override name = 'NonFiniteError'
  constructor(
    /** The loss of that batch. */
    readonly loss: number,
    /** Where it came from: the layer or the parameter, in words. */
    readonly origin: string,
  ) {
    super(`the loss is ${loss}: ${origin}`)
  }

  /** The same error, its message led by when it happened. */
  during(when: string): this {
    this.message = `${when}: ${this.message}; try a lower lr, warm-up or clipNorm`
    return this
  }
}

/**
 * Why the loss of a batch is not finite: run it again and look at each layer's output, then at each gradient. (In training mode that
 * moves the running statistics of batch norm once more; a run with such a loss is over anyway.)
 */
export function explainNonFinite(model: Module, batch: Batch): string {
  return scope(() => {
    const x = tensor(batch.images, batch.shape)
    if (!allFinite(x.array)) return 'the images themselves hold a number that is not finite'
    const layer = noGrad(() => firstNonFiniteLayer(model, x))
    if (layer) return layer
    backward(F.crossEntropy(model.call(x), batch.labels))
    return nonFiniteGradient(model)
  })
}

/** Names the first parameter whose gradient is not finite. */
export function nonFiniteGradient(model: Module): string {
  for (const [name, { gradArray }] of model.namedParameters()) {
    if (gradArray && !allFinite(gradArray))
      return `the gradient of ${name} is not finite, though all outputs of layers are`
  }
  return 'all outputs of layers and all gradients are finite'
}

/** Names the first module to return something that is not finite; the innermost one. */
function firstNonFiniteLayer(model: Module, x: Tensor): string | null {
  let found: string | null = null
  const remove = model.onForward((path, module, _, output) => {
    if (found !== null || !(output instanceof Tensor) || allFinite(output.array)) return
    const name = path ? `${path} (${module.constructor.name})` : `the network (${module.constructor.name})`
    const weight = brokenParameter(module)
    found = `${name} is the first layer whose output is not finite`
    if (weight) found += `, since an update before this step made its ${weight} so`
  })
  try {
    model.call(x)
  } finally {
    remove()
  }
  return found
}

/** The module's own first parameter that is not finite. */
function brokenParameter(module: AnyModule): string | null {
  for (const [name, value] of Object.entries(module)) {
    if (value instanceof Parameter && !allFinite(value.array)) return name
  }
  return null
}

const allFinite = (x: NdArray): boolean => x.backend.firstNonFinite(x) < 0
