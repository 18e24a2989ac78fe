import type { Batch } from '../data/loader.js'
import type { Communicator } from '../distributed/communicator.js'
import type { Module } from '../nn/module.js'
import { getBackend } from '../tensor/backend.js'
import { ConfigError } from '../tensor/errors.js'
import type { Tensor } from '../tensor/tensor.js'
import type { RunConfig } from './config.js'
import type { StepResult } from './stepper.js'

/**
 * What a step has to do where several processes train one model, each with its share of every batch: the result is that of one process
 * with the whole batch, to rounding (with batch norm: if it is synchronized).
 */

/** This process's part of a batch; parts are of the same size, or differ by one image. */
export function shareOf(batch: Batch, { rank, size }: Communicator): Batch {
  if (size === 1) return batch
  if (batch.count < size) {
    throw new ConfigError(`a batch of ${batch.count} images is too small for ${size} processes: at least one for each`)
  }
  const [start, end] = [rank, rank + 1].map((r) => Math.floor((batch.count * r) / size)) as [number, number]
  const pixels = batch.images.length / batch.count
  return {
    ...batch,
    images: batch.images.subarray(start * pixels, end * pixels),
    labels: batch.labels.subarray(start, end),
    ...(batch.targets ? { targets: shareOfTargets(batch.targets, batch.count, start, end) } : {}),
    count: end - start,
    shape: [end - start, ...(batch.shape.slice(1) as [number, number, number])],
  }
}

function shareOfTargets(targets: Float32Array, count: number, start: number, end: number): Float32Array {
  const classes = targets.length / count
  return targets.subarray(start * classes, end * classes)
}

/** The result of the whole batch, from those of the parts. */
export function wholeResult({ loss, correct, images }: StepResult, communicator: Communicator): StepResult {
  const sums = Float64Array.of(loss * images, correct, images)
  communicator.allReduce(sums)
  return { loss: sums[0]! / sums[2]!, correct: sums[1]!, images: sums[2]! }
}

/**
 * Replace each gradient by its mean over all processes.
 * @param weight this process's share of the whole: all of them add up to 1
 */
export function averageGradients(parameters: readonly Tensor[], weight: number, communicator: Communicator): void {
  const gradients = parameters.flatMap(({ gradArray }) => (gradArray ? [gradArray] : []))
  const size = gradients.reduce((sum, g) => sum + g.size, 0)
  const flat = getBackend().dtype === 'float64' ? new Float64Array(size) : new Float32Array(size)
  let at = 0
  for (const g of gradients) {
    flat.set(g.backend.read(g), at)
    at += g.size
  }
  for (let i = 0; i < size; i++) flat[i]! *= weight
  communicator.allReduce(flat)
  for (const g of gradients.toReversed()) {
    at -= g.size
    g.backend.write(g, flat.subarray(at, at + g.size))
  }
}

/** Give every process the weights and buffers of rank 0. */
export function sameState(model: Module, communicator: Communicator): void {
  if (communicator.size === 1) return
  for (const [, { array }] of [...model.namedParameters(), ...model.namedBuffers()]) {
    const values = new Float32Array(array.backend.read(array))
    communicator.broadcast(new Uint8Array(values.buffer))
    array.backend.write(array, values)
  }
}

/** Whether any process says so. */
export function anyProcess(says: boolean, communicator: Communicator): boolean {
  const count = Float64Array.of(Number(says))
  communicator.allReduce(count)
  return count[0]! > 0
}

/** @throws ConfigError unless each of `size` processes gets an image of every batch of `count` images */
export function checkShares(count: number, batchSize: number, dropLast: boolean, { size }: Communicator): void {
  const last = dropLast || count % batchSize === 0 ? batchSize : count % batchSize
  for (const images of [batchSize, last]) {
    if (images >= size) continue
    const remedy = images === batchSize ? 'choose a larger batchSize' : 'leave the last batch out by dropLast'
    throw new ConfigError(
      `batchSize ${batchSize}: a batch of ${images} ${images === 1 ? 'image' : 'images'} has none for some of ${size} processes: ${remedy}`,
    )
  }
}

/** @throws ConfigError if the configuration asks for what several processes cannot do together */
export function checkTogether({ accumulate = 1, classWeights }: RunConfig, { size }: Communicator): void {
  if (size === 1) return
  if (accumulate > 1) {
    throw new ConfigError(
      `accumulate: not with several processes (got ${accumulate}): they make one update of more images already`,
    )
  }
  if (classWeights !== undefined) {
    throw new ConfigError(
      'classWeights: not with several processes: the weighted mean of a batch is not that of its shares',
    )
  }
}
