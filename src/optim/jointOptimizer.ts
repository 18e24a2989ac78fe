import { compareState, requireFit, type StateDict } from '../tensor/stateDict.js'
import { checkNamed } from './namedTensors.js'
import type { Optimizer } from './optimizer.js'
import type { Schedule } from './schedule.js'

/** What training asks of an optimizer: `Optimizer`, or several as one. */
export interface Stepping {
  /** The learning rate. */
  lr: number
  /** Update every parameter that has a gradient. */
  step(): void
  zeroGrad(): void
  stateDict(): StateDict
  loadStateDict(dict: StateDict): void
  /** Get ready for step k, counted from 0, where some parameters have a schedule of their own. */
  prepare?(step: number): void
}

/** An optimizer for some of the parameters. */
export interface JointPart {
  optimizer: Optimizer
  /** Learning rate by the step, from 0; default: it keeps its ratio to that of the first part. */
  schedule?: Schedule | undefined
  /** After so many steps these parameters stay as they are, and no gradient is computed for them; default: never. */
  steps?: number | undefined
}

/**
 * Several optimizers as one, each with parameters of its own: Muon for the weights of convolutions and SGD for the
 * rest, say. The first part's learning rate is the whole's.
 * @example
 * const optimizer = new JointOptimizer([
 *   { optimizer: new Muon(weights, { lr: 0.02 }) },
 *   { optimizer: new SGD(others, { lr: 0.1, momentum: 0.9 }) },
 * ])
 */
export class JointOptimizer implements Stepping {
  readonly parts: readonly JointPart[]
  /** Learning rates as fractions of the first part's. */
  readonly #ratios: readonly number[]

  constructor(parts: readonly JointPart[]) {
    this.parts = parts
    checkNamed(
      'JointOptimizer',
      parts.flatMap(({ optimizer }) => optimizer.groups.flatMap(({ params }) => params)),
    )
    const lr = parts[0]!.optimizer.lr
    this.#ratios = parts.map(({ optimizer }) => (lr > 0 ? optimizer.lr / lr : 1))
  }

  get lr(): number {
    return this.parts[0]!.optimizer.lr
  }

  set lr(lr: number) {
    this.parts.forEach(({ optimizer }, i) => {
      optimizer.lr = lr * this.#ratios[i]!
    })
  }

  prepare(step: number): void {
    for (const { optimizer, schedule, steps } of this.parts) {
      if (schedule) optimizer.lr = schedule(step)
      if (steps === undefined) continue
      for (const { params } of optimizer.groups) for (const [, p] of params) p.requiresGrad = step < steps
    }
  }

  step(): void {
    for (const { optimizer } of this.parts) optimizer.step()
  }

  zeroGrad(): void {
    for (const { optimizer } of this.parts) optimizer.zeroGrad()
  }

  stateDict(): StateDict {
    return Object.assign({}, ...this.parts.map(({ optimizer }) => optimizer.stateDict()))
  }

  /**
   * Copy a state into the optimizers. One that does not fit exactly is an error, thrown before anything has changed.
   */
  loadStateDict(dict: StateDict): void {
    const keys = this.parts.map(({ optimizer }) => optimizer.stateShapes())
    requireFit('JointOptimizer.loadStateDict', compareState(new Map(keys.flatMap((wanted) => [...wanted])), dict))
    this.parts.forEach(({ optimizer }, i) => {
      optimizer.loadStateDict(Object.fromEntries(Array.from(keys[i]!.keys(), (key) => [key, dict[key]!])))
    })
  }
}
