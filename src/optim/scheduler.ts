/** The schedules with the face of PyTorch's schedulers: they set an optimizer's learning rate and count steps. */
import {
  type CosineOptions,
  constant,
  cosine,
  type LinearOptions,
  linear,
  type MultiStepOptions,
  multiStep,
  type OneCycleOptions,
  oneCycle,
  type Schedule,
  type WarmupOptions,
  warmup,
} from './schedule.js'

/**
 * Drives `optimizer.lr` by a schedule. Call `step()` after each `optimizer.step()`; to resume, `step(k)` jumps to step k.
 * @example const scheduler = new Scheduler(optimizer, (step) => 0.1 / (1 + step))
 */
export class Scheduler {
  #step = 0

  constructor(
    readonly optimizer: { lr: number },
    readonly schedule: Schedule,
  ) {
    this.step(0)
  }

  /** The learning rate of the coming step. */
  get lr(): number {
    return this.schedule(this.#step)
  }

  step(to = this.#step + 1): void {
    this.#step = to
    this.optimizer.lr = this.lr
  }
}

/** From the optimizer's learning rate down to minLr along half a cosine. */
export class CosineLR extends Scheduler {
  constructor(optimizer: { lr: number }, options: Omit<CosineOptions, 'lr'>) {
    super(optimizer, cosine({ lr: optimizer.lr, ...options }))
  }
}

/** From the optimizer's learning rate down to minLr along a line. */
export class LinearLR extends Scheduler {
  constructor(optimizer: { lr: number }, options: Omit<LinearOptions, 'lr'>) {
    super(optimizer, linear({ lr: optimizer.lr, ...options }))
  }
}

/** The optimizer's learning rate times gamma at each milestone. */
export class MultiStepLR extends Scheduler {
  constructor(optimizer: { lr: number }, options: Omit<MultiStepOptions, 'lr'>) {
    super(optimizer, multiStep({ lr: optimizer.lr, ...options }))
  }
}

/** A linear rise to the beginning of `schedule`, by default to the optimizer's learning rate for good. */
export class WarmupLR extends Scheduler {
  constructor(optimizer: { lr: number }, { schedule, ...options }: WarmupOptions & { schedule?: Schedule }) {
    super(optimizer, warmup(schedule ?? constant(optimizer.lr), options))
  }
}

/** One rise to maxLr and one fall; the optimizer's own learning rate plays no part. */
export class OneCycleLR extends Scheduler {
  constructor(optimizer: { lr: number }, options: OneCycleOptions) {
    super(optimizer, oneCycle(options))
  }
}
