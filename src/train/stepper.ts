import type { Batch } from '../data/loader.js'
import type { Module } from '../nn/module.js'
import type { Parameter } from '../nn/parameter.js'
import type { Stepping } from '../optim/jointOptimizer.js'
import { getBackend } from '../tensor/backend.js'
import { callKeys } from './callKey.js'
import type { BatchPart } from './gradientSum.js'
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
  readonly #keyOf: ReturnType<typeof callKeys>
  readonly #parameters: readonly Parameter[]
  #lastKey: string | null = null
  #recorded: RecordedPasses | null = null
  #recordedKey: string | null = null

  constructor(
    readonly model: Module,
    readonly optimizer: Stepping,
    readonly options: StepOptions = {},
  ) {
    this.#keyOf = callKeys(model)
    this.#parameters = model.parameters()
  }

  /** @param part and onGradients as in `trainStep` */
  step(batch: Batch, part?: BatchPart, onGradients?: () => void): StepResult {
    const passes = this.#recordedFor(batch)
    const forward = (): Passes => (passes ? passes.forward(batch) : freshPasses(this.model, batch, this.options))
    return stepWith(this.model, this.optimizer, batch, this.options, forward, part, onGradients)
  }

  /** Passes to be replayed, or recorded because this is the second step of its kind in a row; null for the rest. */
  #recordedFor(batch: Batch): RecordedPasses | null {
    // A replay puts gradients in place, and would not add to those that are there.
    const key = this.#parameters.some(({ gradArray }) => gradArray) ? null : this.#batchKey(batch)
    const isRepeated = key !== null && key === this.#lastKey
    this.#lastKey = key
    if (isRepeated && key !== this.#recordedKey) this.#prepare(key, batch)
    else if (this.#recorded && !this.#recorded.isUsable) this.#discard()
    return key === this.#recordedKey ? this.#recorded : null
  }

  #batchKey({ shape, targets }: Batch): string | null {
    const key = this.#keyOf(shape)
    return key !== null && targets ? `${key} mixed` : key
  }

  #prepare(key: string, batch: Batch): void {
    this.#discard()
    const arena = getBackend().newArena?.()
    if (arena) this.#recorded = new RecordedPasses(this.model, arena, batch, this.options)
    this.#recordedKey = key
  }

  #discard(): void {
    this.#recorded?.release()
    this.#recorded = null
  }
}
