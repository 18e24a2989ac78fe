import type { ParameterUpdate } from '../tensor/backend.js'
import { ConfigError, knownOptions } from '../tensor/errors.js'
import { outsideScopes } from '../tensor/memory.js'
import type { NdArray } from '../tensor/ndarray.js'
import type { Shape } from '../tensor/shape.js'
import { compareState, counterValue, requireFit, type StateDict } from '../tensor/stateDict.js'
import { scope, Tensor } from '../tensor/tensor.js'
import { requireOption } from './check.js'
import { checkNamed, type NamedTensor } from './namedTensors.js'

/** Settings of every optimizer. */
export interface OptimizerOptions {
  /** Learning rate. */
  lr: number
  weightDecay: number
}

/** Parameters with options of their own; what is left out is the optimizer's. */
export type GroupOptions<Options> = Partial<Options> & { params: Iterable<NamedTensor | Tensor> }

/**
 * What an optimizer updates: `model.parameters()`, `model.namedParameters()`, or groups of either with options of their own. State is
 * saved under the names; tensors without one go by their number, as in PyTorch.
 */
export type OptimizerParams<Options> = Iterable<NamedTensor | Tensor> | Iterable<GroupOptions<Options>>

/** Parameters that are updated with the same settings. */
export interface ParameterGroup<Options> {
  readonly params: readonly NamedTensor[]
  readonly options: Options
  /** This group's learning rate as a fraction of the optimizer's; kept when `optimizer.lr` is set. */
  readonly lrScale: number
}

/** What an optimizer remembers of one parameter. */
interface ParameterState {
  /** Number of the running update, from 1. */
  step: number
  /** Arrays of the parameter's shape by PyTorch's names, zero at first. */
  readonly slots: Readonly<Record<string, NdArray>>
}

/**
 * Changes parameters by their gradients. This class owns the groups, the learning rate and the state; a subclass says which
 * arrays it needs for a parameter (`slotNames`) and how to update one (`update`).
 */
export abstract class Optimizer<Options extends OptimizerOptions = OptimizerOptions> {
  readonly groups: readonly ParameterGroup<Options>[]
  readonly #state = new Map<Tensor, ParameterState>()
  #lr: number

  /**
   * @param options for all groups, each there
   */
  constructor(params: OptimizerParams<Options>, options: Options) {
    const who = this.constructor.name
    this.#lr = options.lr
    let count = 0
    const named = (p: NamedTensor | Tensor): NamedTensor => {
      const number = String(count++)
      return p instanceof Tensor ? [number, p] : p
    }
    this.groups = asGroups<Options>(who, params).map(({ params, ...own }) => {
      const merged = { ...options, ...knownOptions(`${who}, a group`, own, Object.keys(options)) } as Options
      this.check(merged)
      return { params: Array.from(params, named), options: merged, lrScale: this.#scaleOf(merged.lr) }
    })
    checkNamed(
      this.constructor.name,
      this.groups.flatMap((group) => group.params),
    )
    for (const { params, options } of this.groups) {
      for (const [, p] of params) this.#state.set(p, { step: 0, slots: zeroSlots(p.array, this.slotNames(options)) })
    }
  }

  /** Names of the state arrays of each parameter. */
  protected abstract slotNames(options: Options): readonly string[]

  /**
   * Update parameters in place by their gradients.
   * @param updates at least one; the state is in the order of `slotNames`
   * @param step number of this update of theirs, from 1
   */
  protected abstract update(updates: readonly ParameterUpdate[], step: number, options: Options): void

  /** Refuse options out of range with a ConfigError. */
  protected check({ lr, weightDecay }: Options): void {
    requireOption(lr >= 0, this.constructor.name, 'lr >= 0', lr)
    requireOption(weightDecay >= 0, this.constructor.name, 'weightDecay >= 0', weightDecay)
  }

  /** The learning rate. Setting it moves every group's, which keep their ratio to it. */
  get lr(): number {
    return this.#lr
  }

  set lr(lr: number) {
    requireOption(lr >= 0, this.constructor.name, 'lr >= 0', lr)
    this.#lr = lr
    for (const { options, lrScale } of this.groups) options.lr = lr * lrScale
  }

  /** Update every parameter that has a gradient. */
  step(): void {
    scope(() => {
      for (const { params, options } of this.groups) {
        const updates = new Map<number, ParameterUpdate[]>() // by the number of the step, which a parameter may have sat out
        for (const [, p] of params) {
          if (!p.gradArray) continue
          const state = this.#state.get(p)!
          const list = updates.get(++state.step) ?? []
          updates.set(state.step, list)
          list.push({ parameter: p.array, gradient: p.gradArray, state: Object.values(state.slots) })
        }
        for (const [step, list] of updates) {
          this.update(list, step, options)
          for (const { parameter } of list) parameter.block.version++
        }
      }
    })
  }

  /** Forget all gradients: the next `backward()` starts from zero. */
  zeroGrad(): void {
    for (const [, p] of this.#named()) p.zeroGrad()
  }

  /**
   * A copy of the state: `NAME.step` (updates done) and `NAME.SLOT` for each parameter. Options are not state; a learning rate
   * follows from the number of the step (`schedule.ts`).
   */
  stateDict(): StateDict {
    const dict: StateDict = {}
    for (const [name, p] of this.#named()) {
      const { step, slots } = this.#state.get(p)!
      dict[`${name}.step`] = counterValue(step)
      for (const [slot, array] of Object.entries(slots)) {
        dict[`${name}.${slot}`] = { dtype: 'F32', shape: p.shape, data: new Float32Array(array.backend.read(array)) }
      }
    }
    return dict
  }

  /** Copy a state into this optimizer. One that does not fit exactly is an error, thrown before anything has changed. */
  loadStateDict(dict: StateDict): void {
    requireFit(`${this.constructor.name}.loadStateDict`, compareState(this.stateShapes(), dict))
    for (const [name, p] of this.#named()) {
      const state = this.#state.get(p)!
      state.step = dict[`${name}.step`]!.data[0]!
      for (const [slot, array] of Object.entries(state.slots)) array.backend.write(array, dict[`${name}.${slot}`]!.data)
    }
  }

  /** @internal The keys of the state, with the shapes of their values. */
  stateShapes(): ReadonlyMap<string, Shape> {
    const shapes = new Map<string, Shape>()
    for (const [name, p] of this.#named()) {
      shapes.set(`${name}.step`, [])
      for (const slot of Object.keys(this.#state.get(p)!.slots)) shapes.set(`${name}.${slot}`, p.shape)
    }
    return shapes
  }

  #named(): NamedTensor[] {
    return this.groups.flatMap((group) => group.params)
  }

  #scaleOf(groupLr: number): number {
    if (groupLr === this.#lr) return 1
    if (this.#lr > 0) return groupLr / this.#lr
    throw new ConfigError(
      `${this.constructor.name}: a group with lr ${groupLr} keeps its ratio to the optimizer's lr, which must not be 0`,
    )
  }
}

/** Bare parameters are one group. */
function asGroups<Options>(who: string, params: OptimizerParams<Options>): readonly GroupOptions<Options>[] {
  if (typeof (params as Partial<typeof params> | undefined)?.[Symbol.iterator] !== 'function') {
    const got = (params as object | undefined)?.constructor.name ?? String(params)
    throw new ConfigError(`${who}: expected model.parameters(), or groups like { params, lr }, got ${got}`)
  }
  const list = [...params]
  const isGroup = (item: (typeof list)[number]): item is GroupOptions<Options> => 'params' in item
  const groups = list.filter(isGroup)
  return groups.length > 0 ? groups : [{ params: list } as unknown as GroupOptions<Options>]
}

/** Zero arrays that lie in memory as the parameter does and outlive every scope. */
function zeroSlots(p: NdArray, names: readonly string[]): Record<string, NdArray> {
  const zero = () => {
    const array = p.backend.copy(p)
    p.backend.write(array, new Float32Array(p.size))
    return array
  }
  return outsideScopes(() => Object.fromEntries(names.map((name) => [name, zero()])))
}
