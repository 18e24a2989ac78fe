import { type BatchPlan, epochOrder, writeBatch } from '../../src/data/batch.js'
import type { ImageDataset } from '../../src/data/dataset.js'
import type { Batch } from '../../src/data/loader.js'

type Numbered = Batch & { epoch: number; endsEpoch: boolean }

/** Full batches without end, from the start of an epoch on. The arrays are the same each time. */
export function* batches(dataset: ImageDataset, plan: BatchPlan, firstEpoch: number): Generator<Numbered, never> {
  const { channels, height, width } = dataset
  const { batchSize } = plan
  const images = new Float32Array(batchSize * channels * height * width)
  const labels = new Int32Array(batchSize)
  for (let epoch = firstEpoch; ; epoch++) {
    const order = epochOrder(plan, epoch)
    const steps = Math.floor(order.length / batchSize)
    for (let step = 0; step < steps; step++) {
      writeBatch(dataset, plan, order, epoch, step, { images, labels, targets: null })
      const shape: Batch['shape'] = [batchSize, channels, height, width]
      yield { images, labels, count: batchSize, shape, step, epoch, endsEpoch: step === steps - 1 }
    }
  }
}
