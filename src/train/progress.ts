import { z } from 'zod'

const count = z.number().int().min(0)

/** Where a run stands. Sums are kept, not means, so that an epoch in two parts gives the same numbers as one in one. */
export const progressSchema = z.object({
  /** Updates done since the start of the run. */
  step: count,
  /** Epochs done, with their evaluation. */
  epochs: count,
  /** Training and evaluation so far. */
  seconds: z.number(),
  /** Sums over the images of the running epoch. */
  running: z.object({ loss: z.number(), correct: count, images: count, seconds: z.number() }),
  /** The best epoch: that with the highest accuracy (0 … 1), or with the lowest loss where that is watched. */
  best: z.object({ epoch: count, accuracy: z.number(), loss: z.number().optional() }).nullable(),
  /** Of the weights after this epoch, with test-time augmentation, on the images that epochs are judged by. */
  augmented: z.object({ epoch: count, loss: z.number(), accuracy: z.number() }).optional(),
  /** Of the best epoch's weights on the test images, where those were kept for the end: done after this epoch. */
  test: z.object({ epoch: count, loss: z.number(), accuracy: z.number() }).optional(),
})

/** Where a run stands. */
export type Progress = z.infer<typeof progressSchema>

export const newProgress = (): Progress => ({
  step: 0,
  epochs: 0,
  seconds: 0,
  running: { loss: 0, correct: 0, images: 0, seconds: 0 },
  best: null,
})

/** Remember the epoch just done if it is the best, by what is watched. @returns whether it is */
export function noteBest(
  progress: Progress,
  { accuracy, loss }: { accuracy: number; loss: number },
  monitor: 'accuracy' | 'loss' = 'accuracy',
): boolean {
  const { best } = progress
  const byLoss = monitor === 'loss'
  if (best && (byLoss ? loss >= (best.loss ?? Number.POSITIVE_INFINITY) : accuracy <= best.accuracy)) return false
  progress.best = { epoch: progress.epochs, accuracy, ...(byLoss ? { loss } : {}) }
  return true
}
