import { setImmediate } from 'node:timers/promises'
import { backward } from '../../autograd/backward.js'
import * as F from '../../autograd/functional.js'
import { BatchNorm2d } from '../../nn/batchNorm.js'
import { clipGradNorm } from '../../optim/clip.js'
import type { Optimizer } from '../../optim/optimizer.js'
import type { Schedule } from '../../optim/schedule.js'
import { tensor } from '../../tensor/create.js'
import { Generator } from '../../tensor/random.js'
import { span } from '../../tensor/spans.js'
import { scope } from '../../tensor/tensor.js'
import { NonFiniteError } from '../../train/nonFinite.js'
import { newProgress, noteBest, type Progress } from '../../train/progress.js'
import type { DetectionBatch, DetectionLoader } from '../data/detectionLoader.js'
import type { CocoMetrics, DetectionScores } from '../evaluate/cocoMap.js'
import { evaluateDetector } from '../evaluate/evaluateDetector.js'
import type { Detector } from '../models/detector.js'

/** After every update. */
export interface DetectionStep {
  event: 'step'
  step: number
  epoch: number
  epochStep: number
  stepsPerEpoch: number
  /** Of this batch, before the update: the sum of its parts. */
  loss: number
  /** By name. */
  losses: Record<string, number>
  lr: number
  images: number
  seconds: number
  /** Mean over the images of the running epoch. */
  trainLoss: number
}

/** After every epoch. */
export interface DetectionEpoch {
  epoch: number
  step: number
  trainLoss: number
  /** Null in an epoch without evaluation. */
  metrics: CocoMetrics | null
  perCategory: DetectionScores['perCategory'] | null
  imagesPerSecond: number
  lr: number
  seconds: number
  isBest: boolean
}

export interface DetectionTrainerOptions {
  model: Detector
  optimizer: Optimizer
  schedule: Schedule
  trainLoader: DetectionLoader
  testLoader: DetectionLoader
  epochs: number
  maxSteps?: number | undefined
  evalEvery: number
  clipNorm: number
  /** Whether the batch norms of the backbone keep their statistics. */
  frozenNorms: boolean
  /** Of what is sampled in a step. */
  seed: number
}

export interface DetectionEvents {
  onStep?: (event: DetectionStep) => void
  onEvaluation?: (images: number) => void
  onEpoch?: (event: DetectionEpoch) => Promise<void> | void
}

/** The training loop of a detector. Where it stands is in `progress` alone. */
export class DetectionTrainer {
  progress: Progress = newProgress()

  constructor(readonly options: DetectionTrainerOptions) {}

  get stepsPerEpoch(): number {
    return this.options.trainLoader.stepsPerEpoch
  }

  get totalSteps(): number {
    const { epochs, maxSteps = Number.POSITIVE_INFINITY } = this.options
    return Math.min(maxSteps, epochs * this.stepsPerEpoch)
  }

  get isDone(): boolean {
    return this.progress.epochs >= this.options.epochs || this.progress.step >= this.totalSteps
  }

  /** Train from where `progress` stands. */
  async fit(events: DetectionEvents = {}, signal?: AbortSignal): Promise<'finished' | 'max-steps' | 'interrupted'> {
    const { epochs, trainLoader, optimizer, schedule } = this.options
    this.#trainingMode()
    while (this.progress.epochs < epochs) {
      const { progress } = this
      const first = progress.step - progress.epochs * this.stepsPerEpoch
      for (let epochStep = first; epochStep < this.stepsPerEpoch; epochStep++) {
        if (signal?.aborted) return 'interrupted'
        if (progress.step >= this.totalSteps) return 'max-steps'
        const start = performance.now()
        optimizer.lr = schedule(progress.step)
        const losses = this.step(span('phase', 'data', () => trainLoader.batch(progress.epochs, epochStep)))
        events.onStep?.(this.#noteStep(losses, epochStep, (performance.now() - start) / 1000))
        await setImmediate()
      }
      const event = await this.#finishEpoch(events, signal)
      if (!event) return 'interrupted'
      await events.onEpoch?.(event)
    }
    return 'finished'
  }

  /** One update. @returns the parts of the loss, before it */
  step({ images, shape, targets }: DetectionBatch): Record<string, number> {
    const { model, optimizer, clipNorm, seed } = this.options
    const generator = new Generator(seed, this.progress.step, 1)
    return span('phase', 'step', () =>
      scope(() => {
        const losses = span('phase', 'forward', () => model.losses(tensor(images, shape), targets, generator))
        const total = Object.values(losses).reduce((a, b) => F.add(a, b))
        const values = Object.fromEntries(Object.entries(losses).map(([name, loss]) => [name, loss.item()]))
        if (!Number.isFinite(total.item())) {
          throw new NonFiniteError(total.item(), `parts: ${JSON.stringify(values)}; try a smaller lr`)
        }
        span('phase', 'backward', () => backward(total))
        span('phase', 'update', () => {
          if (clipNorm > 0) clipGradNorm(model.parameters(), clipNorm)
          optimizer.step()
          optimizer.zeroGrad()
        })
        return values
      }),
    )
  }

  #trainingMode(): void {
    const { model, frozenNorms } = this.options
    model.train()
    if (!frozenNorms) return
    for (const [, module] of model.namedModules()) if (module instanceof BatchNorm2d) module.training = false
  }

  #noteStep(losses: Record<string, number>, epochStep: number, seconds: number): DetectionStep {
    const { progress } = this
    const images = this.options.trainLoader.options.batchSize
    const loss = Object.values(losses).reduce((a, b) => a + b)
    progress.step++
    progress.seconds += seconds
    progress.running.loss += loss * images
    progress.running.images += images
    progress.running.seconds += seconds
    return {
      event: 'step',
      step: progress.step,
      epoch: progress.epochs + 1,
      epochStep: epochStep + 1,
      stepsPerEpoch: this.stepsPerEpoch,
      ...{ loss, losses, images, seconds },
      lr: this.options.optimizer.lr,
      trainLoss: progress.running.loss / progress.running.images,
    }
  }

  async #finishEpoch(events: DetectionEvents, signal: AbortSignal | undefined): Promise<DetectionEpoch | null> {
    const { model, testLoader, evalEvery, epochs, optimizer } = this.options
    const { progress } = this
    const { running } = progress
    const start = performance.now()
    const isEvaluated = (progress.epochs + 1) % evalEvery === 0 || progress.epochs + 1 === epochs
    let scores: DetectionScores | null = null
    if (isEvaluated) {
      try {
        scores = await evaluateDetector(model, testLoader, { onBatch: events.onEvaluation, signal })
      } catch (error) {
        if (signal?.aborted) return null
        throw error
      }
    }
    const evaluationSeconds = (performance.now() - start) / 1000
    progress.epochs++
    progress.seconds += evaluationSeconds
    const { trainLoss, imagesPerSecond, seconds } = {
      trainLoss: running.loss / running.images,
      imagesPerSecond: running.images / running.seconds,
      seconds: running.seconds + evaluationSeconds,
    }
    const isBest = scores !== null && noteBest(progress, { accuracy: scores.metrics.ap, loss: trainLoss })
    progress.running = newProgress().running
    return {
      epoch: progress.epochs,
      step: progress.step,
      metrics: scores?.metrics ?? null,
      perCategory: scores?.perCategory ?? null,
      lr: optimizer.lr,
      ...{ trainLoss, imagesPerSecond, seconds, isBest },
    }
  }
}
