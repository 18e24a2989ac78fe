import { evaluate } from './evaluate.js'
import type { TrainingEvents } from './events.js'
import type { TestAugmentation } from './testAugmentation.js'
import type { Trainer } from './trainer.js'
import { readWeights } from './weights.js'

/** Whether the test images, which were kept for the end, are to be evaluated now. */
export function lacksFinalTest({ options, progress, isDone }: Trainer): boolean {
  const isKept = options.validationLoader !== undefined && options.testLoader !== undefined
  return isKept && isDone && progress.best !== null && progress.test?.epoch !== progress.epochs
}

/**
 * Evaluate the best epoch's weights on the test images, and keep the result in `trainer.progress`; the weights of training are then put
 * back.
 * @param best file of those weights
 * @returns false if the signal came before the end
 */
export async function finalTest(
  trainer: Trainer,
  best: string,
  events: TrainingEvents,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const { progress, communicator } = trainer
  const { model, testLoader } = trainer.options
  const present = model.stateDict()
  const onBatch = (images: number) =>
    events.onEvaluation?.({ epoch: progress.epochs, images, totalImages: testLoader!.count })
  const run = () => {
    model.loadStateDict(readWeights(best).weights)
    return evaluate(model, testLoader!, { onBatch, ...(signal ? { signal } : {}) })
  }
  try {
    const { loss, accuracy } = await communicator.fromRoot(run)
    progress.test = { epoch: progress.epochs, loss, accuracy }
    return true
  } catch (error) {
    if (signal?.aborted) return false
    throw error
  } finally {
    model.loadStateDict(present)
  }
}

/** Whether the last weights are to be evaluated with test-time augmentation now. */
export function lacksAugmentedTest({ progress, isDone, evaluatedLoader }: Trainer, tta: TestAugmentation): boolean {
  return tta !== 'none' && isDone && evaluatedLoader !== undefined && progress.augmented?.epoch !== progress.epochs
}

/**
 * Evaluate the present weights, averaged ones where there are some, with test-time augmentation, and keep the result in
 * `trainer.progress`.
 * @returns false if the signal came before the end
 */
export async function augmentedTest(
  trainer: Trainer,
  tta: TestAugmentation,
  events: TrainingEvents,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const { progress, communicator, evaluatedLoader } = trainer
  const { model, ema } = trainer.options
  const loader = evaluatedLoader!
  const onBatch = (images: number) =>
    events.onEvaluation?.({ epoch: progress.epochs, images, totalImages: loader.count })
  const run = () => evaluate(model, loader, { tta, onBatch, ...(signal ? { signal } : {}) })
  try {
    const { loss, accuracy } = await communicator.fromRoot(() => (ema ? ema.applied(run) : run()))
    progress.augmented = { epoch: progress.epochs, loss, accuracy }
    return true
  } catch (error) {
    if (signal?.aborted) return false
    throw error
  }
}
