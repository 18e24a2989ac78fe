import { outsideScopes } from '../tensor/memory.js'
import type { NdArray } from '../tensor/ndarray.js'
import { compareState, requireFit, type StateDict } from '../tensor/stateDict.js'
import { scope } from '../tensor/tensor.js'
import { requireOption } from './check.js'
import { checkNamed, type NamedTensor } from './namedTensors.js'

/** Settings of `Lookahead`. */
export interface LookaheadOptions {
  /** Updates between two meetings; default 5. */
  every?: number
  /** How much of the slow weights is kept a step at the end of training; default 0.95. */
  decay?: number
  /** Updates of the whole training. */
  steps: number
}

/**
 * Slow weights that the fast ones, which training changes, return to every few steps (Zhang et al. 2019,
 * https://arxiv.org/abs/1907.08610), the more the nearer the end is, as in Jordan 2024
 * (https://arxiv.org/abs/2404.00498):
 *
 *     slow ← slow + (1 − decay^every · (t / steps)³) · (fast − slow),   fast ← slow       after every `every`-th step t
 *
 * After the last step the fast weights are the slow ones.
 * @example
 * const lookahead = new Lookahead([...model.namedParameters(), ...model.namedBuffers()], { steps: 200 })
 * lookahead.update(t)                                 // after each optimizer.step(), t from 1
 */
export class Lookahead {
  readonly #tensors: readonly NamedTensor[]
  readonly #slow: readonly NdArray[]
  readonly #options: Required<LookaheadOptions>

  constructor(tensors: Iterable<NamedTensor>, { every = 5, decay = 0.95, steps }: LookaheadOptions) {
    requireOption(Number.isInteger(every) && every >= 1, 'Lookahead', 'every to be a whole number >= 1', every)
    requireOption(decay >= 0 && decay <= 1, 'Lookahead', '0 <= decay <= 1', decay)
    requireOption(Number.isInteger(steps) && steps >= 1, 'Lookahead', 'steps to be a whole number >= 1', steps)
    this.#tensors = [...tensors]
    checkNamed('Lookahead', this.#tensors)
    this.#slow = outsideScopes(() => this.#tensors.map(([, { array }]) => array.backend.copy(array)))
    this.#options = { every, decay, steps }
  }

  /** After update number `step`, from 1. */
  update(step: number): void {
    const { every, decay, steps } = this.#options
    if (step % every === 0) this.#meet(1 - decay ** every * Math.min(1, step / steps) ** 3)
    else if (step === steps) this.#meet(0)
  }

  /** slow ← slow + t · (fast − slow), fast ← slow */
  #meet(t: number): void {
    scope(() => {
      this.#tensors.forEach(([, { array: fast }], i) => {
        const slow = this.#slow[i]!
        fast.backend.lerp(slow, fast, t)
        fast.backend.lerp(fast, slow, 1)
      })
    })
  }

  /** A copy of the slow weights under the tensors' names. */
  stateDict(): StateDict {
    return Object.fromEntries(
      this.#tensors.map(([name, { shape }], i) => {
        const slow = this.#slow[i]!
        return [name, { dtype: 'F32', shape, data: new Float32Array(slow.backend.read(slow)) }]
      }),
    )
  }

  /** Copy a state into this one. One that does not fit exactly is an error, thrown before anything has changed. */
  loadStateDict(dict: StateDict): void {
    const wanted = new Map(this.#tensors.map(([name, { shape }]) => [name, shape]))
    requireFit('Lookahead.loadStateDict', compareState(wanted, dict))
    this.#tensors.forEach(([name], i) => {
      const slow = this.#slow[i]!
      slow.backend.write(slow, dict[name]!.data)
    })
  }
}
