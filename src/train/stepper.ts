import type { Batch } from '../data/loader.js'
import type { AnyModule, Module } from '../nn/module.js'
import type { Parameter } from '../nn/parameter.js'
import type { Optimizer } from '../optim/optimizer.js'
import { getBackend } from '../tensor/backend.js'
import { freshPasses, type Passes } from './passes.js'
import { RecordedPasses } from './recordedPasses.js'
import { type StepOptions, type StepResult, stepWith } from './trainStep.js'

/**
 * Training steps of one model, each as `trainStep` and to the same bits. From the third of a kind on, the kernel calls of the
 * second are replayed, without the work of modules, operations and tape that leads to them.
 *
 * For models whose `forward` depends on its inputs and on tensors alone. What else it does on the host, such as drawing random
 * numbers, has to be a `hostStep`, as in `dropout`: otherwise it would happen once.
 */
export class Stepper {
  readonly #modules: readonly AnyModule[]
  readonly #parameters: readonly Parameter[]
  #lastKey: string | null = null
  #recorded: RecordedPasses | null = null
  #recordedKey: string | null = null

  constructor(
    readonly model: Module,
    readonly optimizer: Optimizer,
    readonly options: StepOptions = {},
  ) {
    this.#modules = Array.from(model.namedModules(), ([, module]) => module)
    this.#parameters = model.parameters()
  }

  step(batch: Batch): StepResult {
    const passes = this.#recordedFor(batch)
    const forward = (): Passes =>
      passes ? passes.forward(batch) : freshPasses(this.model, batch, this.options.labelSmoothing ?? 0)
    return stepWith(this.model, this.optimizer, batch, this.options, forward)
  }

  /** Passes to be replayed, or recorded because this is the second step of its kind in a row; null for the rest. */
  #recordedFor(batch: Batch): RecordedPasses | null {
    const key = this.#keyOf(batch)
    if (key !== null && key === this.#lastKey && key !== this.#recordedKey) {
      this.#recorded?.release()
      const arena = getBackend().newArena?.()
      this.#recorded = arena ? new RecordedPasses(this.model, arena, batch, this.options.labelSmoothing ?? 0) : null
      this.#recordedKey = key
    }
    this.#lastKey = key
    return key !== null && key === this.#recordedKey && this.#recorded?.isUsable ? this.#recorded : null
  }

  /**
   * What the kernel calls depend on beside the values of tensors: the batch's shape, the mode of each module and which parameters
   * are trained. Null where calls alone would not do: somebody watches modules, or gradients are there to be added to.
   */
  #keyOf({ shape }: Batch): string | null {
    if (this.#modules.some(({ isHooked }) => isHooked) || this.#parameters.some(({ gradArray }) => gradArray))
      return null
    const modes = this.#modules.map(({ training }) => Number(training))
    const trained = this.#parameters.map(({ requiresGrad }) => Number(requiresGrad))
    return [shape.join(), modes.join(''), trained.join('')].join(' ')
  }
}
