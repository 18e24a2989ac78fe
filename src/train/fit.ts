import type { ImageDataset } from '../data/dataset.js'
import { DataLoader } from '../data/loader.js'
import type { Mix } from '../data/mix.js'
import { allIndexes, stratifiedSplit } from '../data/split.js'
import { type Augment, augmentPresets } from '../data/transforms.js'
import { BatchNorm1d, BatchNorm2d } from '../nn/batchNorm.js'
import type { Module } from '../nn/module.js'
import { AdamW } from '../optim/adamW.js'
import type { Stepping } from '../optim/jointOptimizer.js'
import { constant, type Schedule } from '../optim/schedule.js'
import { ConfigError } from '../tensor/errors.js'
import { type EpochEvent, joinEvents, type TrainEndEvent, type TrainingEvents } from './events.js'
import type { StepOptions } from './stepper.js'
import { Trainer } from './trainer.js'

/** Told of what goes on, and able to stop it. */
export type Callback = TrainingEvents

export interface FitModelOptions extends StepOptions {
  /** Images, which are shuffled anew each epoch; or a loader, which decides for itself. */
  train: ImageDataset | DataLoader
  /** Evaluated after each epoch: images, a loader, or a share of the training images, which are then held out. */
  validation?: ImageDataset | DataLoader | number
  epochs: number
  /** Images a step; default 32. A last batch of one image is left out where the model has batch norm. */
  batchSize?: number
  /** Default: none. */
  augment?: Augment
  /** Mixup and CutMix; default: none. */
  mix?: Mix
  /** Of order, augmentation and validation split; default 0. */
  seed?: number
  /** Default: AdamW with a learning rate of 0.001. */
  optimizer?: Stepping
  /** Learning rate of each step; default: the optimizer's throughout. */
  schedule?: Schedule
  /** Batches that together make an update; default 1. */
  accumulate?: number
  /** What the best epoch is the best in; default 'accuracy'. */
  monitor?: 'accuracy' | 'loss'
  /** Stop when so many epochs have not been better than the best one; default: never. */
  patience?: number
  /** At the end put the best epoch's weights back into the model; default false. */
  restoreBest?: boolean
  callbacks?: readonly Callback[]
  /** Stops training after the running step. */
  signal?: AbortSignal
}

/** How training went. */
export interface History extends TrainEndEvent {
  /** One an epoch, in order. */
  records: EpochEvent[]
}

/**
 * Train a model: the loop of `Trainer`, with loaders made where images are given. The model is left in evaluation mode.
 * @example
 * const { records } = await fit(model, { train, validation: 0.1, epochs: 10, patience: 3, callbacks: [{ onEpoch: console.log }] })
 */
export async function fit(model: Module, options: FitModelOptions): Promise<History> {
  const { train, validation, callbacks = [], signal, epochs, restoreBest = false } = options
  const loaders = makeLoaders(model, options)
  const optimizer = options.optimizer ?? new AdamW(trainable(model))
  const trainer = new Trainer({
    ...options,
    ...{ model, optimizer, epochs, schedule: options.schedule ?? constant(optimizer.lr) },
    trainLoader: loaders.train,
    ...(loaders.validation ? { validationLoader: loaders.validation } : {}),
  })
  const records: EpochEvent[] = []
  let best = model.stateDict()
  const keeping: Callback = {
    onEpoch: (event) => {
      records.push(event)
      if (restoreBest && event.isBest) best = model.stateDict()
    },
  }
  try {
    const reason = await trainer.fit({ events: joinEvents([keeping, ...callbacks]), ...(signal ? { signal } : {}) })
    if (restoreBest && trainer.progress.best) model.loadStateDict(best)
    const { step, epochs, best: bestEpoch } = trainer.progress
    return { records, reason, step, epochs, best: bestEpoch }
  } finally {
    model.eval()
    if (loaders.train !== train) await loaders.train.close()
    if (loaders.validation !== validation) await loaders.validation?.close()
  }
}

const trainable = (model: Module) => [...model.namedParameters()].filter(([, { requiresGrad }]) => requiresGrad)

/** Whether the last batch of an epoch is one image in a network with batch norm, which may have nothing to normalize it by. */
function isLoneLast(model: Module, images: number, batchSize: number): boolean {
  return images > batchSize && images % batchSize === 1 && hasBatchNorm(model)
}

const hasBatchNorm = (model: Module): boolean =>
  [...model.namedModules()].some(([, module]) => module instanceof BatchNorm1d || module instanceof BatchNorm2d)

function makeLoaders(
  model: Module,
  options: FitModelOptions,
): { train: DataLoader; validation: DataLoader | undefined } {
  const { train, validation, batchSize = 32, augment = augmentPresets.none, mix, seed = 0 } = options
  if (train instanceof DataLoader) {
    if (typeof validation !== 'number') return { train, validation: asLoader(validation, batchSize) }
    throw new ConfigError(
      'fit: a share for validation can be held out of images, not of a loader: give it a loader too',
    )
  }
  const split = typeof validation === 'number' ? stratifiedSplit(train, validation, seed) : null
  const indexes = split?.train ?? allIndexes(train.count)
  return {
    train: new DataLoader(train, {
      ...{
        batchSize,
        order: 'shuffle',
        seed,
        augment,
        indexes,
        dropLast: isLoneLast(model, indexes.length, batchSize),
      },
      ...(mix ? { mix } : {}),
    }),
    validation: split
      ? new DataLoader(train, { batchSize, indexes: split.validation })
      : asLoader(validation as ImageDataset | DataLoader | undefined, batchSize),
  }
}

function asLoader(data: ImageDataset | DataLoader | undefined, batchSize: number): DataLoader | undefined {
  return data === undefined || data instanceof DataLoader ? data : new DataLoader(data, { batchSize })
}
