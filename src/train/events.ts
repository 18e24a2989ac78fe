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
  /** Over the validation images after the epoch; absent without any, undefined where the epoch was not evaluated. */
  valLoss?: number | undefined
  valAccuracy?: number | undefined
  /** Over the test images after the epoch; null without an evaluation, and where there are images for validation. */
  testLoss: number | null
  testAccuracy: number | null
  /** In training. */
  imagesPerSecond: number
  /** Of the last step. */
  lr: number
  /** Training and evaluation. */
  seconds: number
  /** Whether what is watched (`monitor`, of the validation images where there are some, else of the test images) is the best so far. */
  isBest: boolean
}

/** Why training ended: all epochs are done, `maxSteps` or `patience` was reached, a handler called `stop`, or the signal came. */
export type StopReason = 'finished' | 'max-steps' | 'early-stopped' | 'stopped' | 'interrupted'

/** When training has ended, however it did; not after an error. */
export interface TrainEndEvent {
  reason: StopReason
  /** Updates and epochs done since the start of the run. */
  step: number
  epochs: number
  /** The best epoch, with what it is judged by; null without an evaluation. */
  best: { epoch: number; accuracy: number; loss?: number | undefined } | null
}

/** What a handler can do to the training that it hears of. */
export interface TrainingControl {
  /** End training after the running step; after an epoch: before the next one. It can be taken up again by another `fit`. */
  stop(): void
}

/** What a run tells while it goes on. A handler may return a promise: it is waited for. */
export interface TrainingEvents {
  onStep?: (event: StepEvent, control: TrainingControl) => void | Promise<void>
  /** During an evaluation, after each batch. */
  onEvaluation?: (event: { epoch: number; images: number; totalImages: number }) => void
  /** During an evaluation, the logits (N, classes) of each batch, which are gone afterwards, and its labels. */
  onLogits?: (logits: Float32Array, labels: Int32Array) => void
  /** In the last step of each epoch, when gradients are there and before they are clipped and used. @param step as in StepEvent */
  onGradients?: (step: number) => void
  onEpoch?: (event: EpochEvent, control: TrainingControl) => void | Promise<void>
  onTrainEnd?: (event: TrainEndEvent) => void | Promise<void>
}

/** Several listeners as one; each is told in turn. */
export function joinEvents(list: readonly TrainingEvents[]): TrainingEvents {
  return {
    onStep: async (event, control) => {
      for (const { onStep } of list) await onStep?.(event, control)
    },
    onEvaluation: (event) => {
      for (const { onEvaluation } of list) onEvaluation?.(event)
    },
    onLogits: (logits, labels) => {
      for (const { onLogits } of list) onLogits?.(logits, labels)
    },
    onGradients: (step) => {
      for (const { onGradients } of list) onGradients?.(step)
    },
    onEpoch: async (event, control) => {
      for (const { onEpoch } of list) await onEpoch?.(event, control)
    },
    onTrainEnd: async (event) => {
      for (const { onTrainEnd } of list) await onTrainEnd?.(event)
    },
  }
}

/** Let timers, input and signals have their turn; computing never gives way by itself. */
export const letEventsIn = (): Promise<void> => setImmediate()
