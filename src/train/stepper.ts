import type { Batch } from '../data/loader.js'
import { countCorrect } from '../data/metrics.js'
import { alone, type Communicator } from '../distributed/communicator.js'
import type { Module } from '../nn/module.js'
import type { Parameter } from '../nn/parameter.js'
import { clipGradNorm } from '../optim/clip.js'
import type { Stepping } from '../optim/jointOptimizer.js'
import { jit } from '../tensor/jit.js'
import { span } from '../tensor/spans.js'
import { scope, Tensor } from '../tensor/tensor.js'
import { callKeys } from './callKey.js'
import { averageGradients, wholeResult } from './dataParallel.js'
import type { BatchPart } from './gradientSum.js'
import { explainNonFinite, NonFiniteError, nonFiniteGradient } from './nonFinite.js'
import { type LossOptions, type PassInputs, type PassResult, runPasses } from './passes.js'

/** What a step does beyond the plain one. */
export interface StepOptions extends LossOptions {
  /** Scale the gradient down to this norm; default 0: never. */
  clipNorm?: number
  /** The processes that train this model together, each with its share of a batch; default: this one alone. */
  communicator?: Communicator
}

/** How a `Stepper` works. */
export interface StepperOptions extends StepOptions {
  /** Replay kernel calls instead of running the model each time; default true. */
  replay?: boolean
}

/** What a step saw. */
export interface StepResult {
  /** Of this batch, before the update; of the whole one, where processes have shares of it. */
  loss: number
  /** Images whose label had the largest logit, before the update. */
  correct: number
  /** Images in the batch. */
  images: number
}

/**
 * Training steps of one model, each as `trainStep` and to the same bits. From the third of a kind on, the kernel calls of the
 * second are replayed, without the work of modules, operations and tape that leads to them: see `jit`, and what it asks of a model's
 * `forward`.
 */
export class Stepper {
  readonly #parameters: readonly Parameter[]
  readonly #passes: (inputs: PassInputs) => PassResult & { gradients: readonly (Tensor | null)[] }

  constructor(
    readonly model: Module,
    readonly optimizer: Stepping,
    readonly options: StepperOptions = {},
  ) {
    const parameters = model.parameters()
    const run = (inputs: PassInputs) => ({
      ...runPasses(model, inputs, options),
      gradients: parameters.map(({ gradArray }) => gradArray && new Tensor(gradArray)),
    })
    this.#parameters = parameters
    this.#passes = options.replay === false ? run : jit(run, this.#keys())
  }

  /**
   * One update: forward, loss, backward, optimizer. All memory taken on the way is free again at its end.
   * @param part where the batch is one of several that make an update: the optimizer's turn comes after the last of them
   * @param onGradients called when the update's gradients are there, before they are clipped and used
   * @throws NonFiniteError, before the update, if the loss (or a gradient that is to be clipped) is not finite
   */
  step(batch: Batch, part?: BatchPart, onGradients?: () => void): StepResult {
    return span('phase', 'step', () => scope(() => this.#step(batch, part, onGradients)))
  }

  #step(batch: Batch, part: BatchPart | undefined, onGradients: (() => void) | undefined): StepResult {
    const { communicator = alone } = this.options
    const own = this.#gradients(batch)
    const result = communicator.size === 1 ? own : wholeResult(own, communicator)
    if (!Number.isFinite(result.loss)) {
      for (const p of this.#parameters) p.zeroGrad()
      throw new NonFiniteError(result.loss, explainNonFinite(this.model, batch))
    }
    part?.sum.add(this.#parameters, part)
    if (part && !part.isLast) return result
    part?.sum.place()
    if (communicator.size > 1) {
      span('phase', 'exchange', () => averageGradients(this.#parameters, own.images / result.images, communicator))
    }
    onGradients?.()
    span('phase', 'update', () => this.#update(result.loss))
    return result
  }

  /** Leave the batch's gradients in the parameters. */
  #gradients({ images, shape, labels, targets, count }: Batch): StepResult {
    const { logits, loss, gradients } = this.#passes({ images, shape, labels, targets })
    for (const [i, p] of this.#parameters.entries()) p.setGrad(gradients[i]?.array ?? null)
    return { loss: loss.item(), correct: countCorrect(logits.data, labels), images: count }
  }

  #update(loss: number): void {
    const { clipNorm = 0 } = this.options
    if (clipNorm > 0 && !Number.isFinite(clipGradNorm(this.#parameters, clipNorm))) {
      throw new NonFiniteError(loss, nonFiniteGradient(this.model))
    }
    this.optimizer.step()
    this.optimizer.zeroGrad()
  }

  /** A replay gives parameters new gradients, and would not add to those that are there: then the model is run. */
  #keys(): () => string | null {
    const modelKey = callKeys(this.model)
    return () => (this.#parameters.some(({ gradArray }) => gradArray) ? null : modelKey())
  }
}

/** One step of `Stepper`, with the model run: nothing is recorded or replayed. */
export function trainStep(
  model: Module,
  optimizer: Stepping,
  batch: Batch,
  options: StepOptions = {},
  part?: BatchPart,
  onGradients?: () => void,
): StepResult {
  return new Stepper(model, optimizer, { ...options, replay: false }).step(batch, part, onGradients)
}
