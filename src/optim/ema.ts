import { GhostgradError } from '../tensor/errors.js'
import { outsideScopes } from '../tensor/memory.js'
import type { NdArray } from '../tensor/ndarray.js'
import type { Shape } from '../tensor/shape.js'
import { compareState, counterValue, requireFit, type StateDict } from '../tensor/stateDict.js'
import { scope } from '../tensor/tensor.js'
import { requireOption } from './check.js'
import { checkNamed, type NamedTensor } from './namedTensors.js'

/** Settings of `EMA`. */
export interface EMAOptions {
  /** How much of the average each update keeps; default 0.9999, as timm's ModelEmaV2. */
  decay?: number
  /** Let the first updates move faster: min(decay, (1 + n) / (10 + n)) after n updates, as TensorFlow's; default false. */
  warmup?: boolean
}

const updatesKey = 'num_updates'

/**
 * Exponential moving average of weights and buffers: average ← decay · average + (1 − decay) · value, started at the values.
 * The averaged network usually generalizes better than the last one (Polyak and Juditsky 1992).
 * @example
 * const ema = new EMA([...model.namedParameters(), ...model.namedBuffers()], { decay: 0.999 })
 * ema.update()                                        // after each optimizer.step()
 * const accuracy = await ema.applied(() => evaluate(model))
 */
export class EMA {
  readonly #tensors: readonly NamedTensor[]
  /** As long as the averages are applied, these hold the values of training. */
  readonly #averages: readonly NdArray[]
  readonly #decay: number
  readonly #warmup: boolean
  #updates = 0
  #isApplied = false

  constructor(tensors: Iterable<NamedTensor>, { decay = 0.9999, warmup = false }: EMAOptions = {}) {
    requireOption(decay >= 0 && decay <= 1, 'EMA', '0 <= decay <= 1', decay)
    this.#tensors = [...tensors]
    checkNamed('EMA', this.#tensors)
    this.#averages = outsideScopes(() => this.#tensors.map(([, { array }]) => array.backend.copy(array)))
    this.#decay = decay
    this.#warmup = warmup
  }

  /** The decay of the next update. */
  get decay(): number {
    return this.#warmup ? Math.min(this.#decay, (1 + this.#updates) / (10 + this.#updates)) : this.#decay
  }

  /** Move the averages towards the present values. */
  update(): void {
    this.#requireAside('update')
    const { decay } = this
    scope(() => {
      this.#tensors.forEach(([, { array }], i) => {
        array.backend.lerp(this.#averages[i]!, array, 1 - decay)
      })
    })
    this.#updates++
  }

  /** Run `fn` with the averages in the tensors, and put the values of training back afterwards, also when it fails. */
  async applied<T>(fn: () => T | Promise<T>): Promise<T> {
    this.#requireAside('applied')
    this.#swap()
    this.#isApplied = true
    try {
      return await fn()
    } finally {
      this.#swap()
      this.#isApplied = false
    }
  }

  /** A copy of the averages under the tensors' names, and the number of updates as `num_updates`. */
  stateDict(): StateDict {
    this.#requireAside('stateDict')
    const dict: StateDict = { [updatesKey]: counterValue(this.#updates) }
    this.#tensors.forEach(([name, { shape }], i) => {
      const average = this.#averages[i]!
      dict[name] = { dtype: 'F32', shape, data: new Float32Array(average.backend.read(average)) }
    })
    return dict
  }

  /** Copy a state into this average. One that does not fit exactly is an error, thrown before anything has changed. */
  loadStateDict(dict: StateDict): void {
    this.#requireAside('loadStateDict')
    const wanted = new Map<string, Shape>([[updatesKey, []]])
    for (const [name, { shape }] of this.#tensors) wanted.set(name, shape)
    requireFit('EMA.loadStateDict', compareState(wanted, dict))
    this.#updates = dict[updatesKey]!.data[0]!
    this.#tensors.forEach(([name], i) => {
      const average = this.#averages[i]!
      average.backend.write(average, dict[name]!.data)
    })
  }

  #swap(): void {
    this.#tensors.forEach(([, { array: value }], i) => {
      const average = this.#averages[i]!
      const { backend } = value
      const values = backend.read(value)
      backend.write(value, backend.read(average))
      backend.write(average, values)
    })
  }

  #requireAside(method: string): void {
    if (this.#isApplied) throw new GhostgradError(`EMA.${method}: the averages are applied; wait for applied() to end`)
  }
}
