import { setImmediate } from 'node:timers/promises'

/** After every update. */
export interface StepEvent {
  /** Updates done since the start of the run: the first is 1. */
  step: number
  /** The running epoch, from 1. */
  epoch: number
  /** Updates done in it, and in a whole one. */
  epochStep: number
  stepsPerEpoch: number
  /** Of this step's batch, before the update. */
  loss: number
  accuracy: number
  lr: number
  /** Images in the batch. */
  images: number
  /** Since the step before, waiting for data included. */
  seconds: number
  /** Means over the images of the running epoch. */
  trainLoss: number
  trainAccuracy: number
}

/** After every epoch and its evaluation. */
export interface EpochEvent {
  /** From 1. */
  epoch: number
  /** Updates done since the start of the run. */
  step: number
  /** Means over the epoch's images, each before the update that it was used for. */
  trainLoss: number
  trainAccuracy: number
  /** Over the test images after the epoch; null without a test set. */
  testLoss: number | null
  testAccuracy: number | null
  /** In training. */
  imagesPerSecond: number
  /** Of the last step. */
  lr: number
  /** Training and evaluation. */
  seconds: number
  /** Whether testAccuracy is the highest so far. */
  isBest: boolean
}

/** What a run tells while it goes on. A handler may return a promise: it is waited for. */
export interface TrainingEvents {
  onStep?: (event: StepEvent) => void | Promise<void>
  /** During an evaluation, after each batch. */
  onEvaluation?: (event: { epoch: number; images: number; totalImages: number }) => void
  /** During an evaluation, the logits (N, classes) of each batch, which are gone afterwards, and its labels. */
  onLogits?: (logits: Float32Array, labels: Int32Array) => void
  /** In the last step of each epoch, when gradients are there and before they are clipped and used. @param step as in StepEvent */
  onGradients?: (step: number) => void
  onEpoch?: (event: EpochEvent) => void | Promise<void>
}

/** Let timers, input and signals have their turn; computing never gives way by itself. */
export const letEventsIn = (): Promise<void> => setImmediate()
