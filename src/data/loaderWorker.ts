import { parentPort, workerData } from 'node:worker_threads'
import { type BatchPlan, epochOrder, type Slot, writeBatch } from './batch.js'
import type { ImageDataset } from './dataset.js'

/** A thread that prepares batches: one request, one reply, in order. An exception ends it and reaches the loader as 'error'. */
export type LoaderRequest = { id: number; epoch: number; step: number; slot: Slot }
export type LoaderReply = { id: number; count: number }

const { dataset, plan } = workerData as { dataset: ImageDataset; plan: BatchPlan }
let order: { epoch: number; indexes: Int32Array } = { epoch: Number.NaN, indexes: new Int32Array(0) }

parentPort!.on('message', ({ id, epoch, step, slot }: LoaderRequest) => {
  if (order.epoch !== epoch) order = { epoch, indexes: epochOrder(plan, epoch) }
  const count = writeBatch(dataset, plan, order.indexes, epoch, step, slot)
  parentPort!.postMessage({ id, count } satisfies LoaderReply)
})
