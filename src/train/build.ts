import type { DatasetSplits } from '../data/cifar10.js'
import { DataLoader } from '../data/loader.js'
import { augmentPresets } from '../data/transforms.js'
import { alone, type Communicator } from '../distributed/communicator.js'
import type { ModelOptions } from '../models/options.js'
import { createModel } from '../models/registry.js'
import { syncBatchNorm } from '../nn/batchNorm.js'
import type { Module } from '../nn/module.js'
import { AdamW } from '../optim/adamW.js'
import { EMA } from '../optim/ema.js'
import { decayGroups } from '../optim/groups.js'
import type { Optimizer } from '../optim/optimizer.js'
import { constant, cosine, multiStep, oneCycle, type Schedule, warmup } from '../optim/schedule.js'
import { SGD } from '../optim/sgd.js'
import type { Generator } from '../tensor/random.js'
import type { RunConfig } from './config.js'
import { checkShares, sameState } from './dataParallel.js'
import { Trainer } from './trainer.js'
import { applyWeights, readWeights } from './weights.js'

/** The parts of a run, from its configuration. */
export interface BuildInputs {
  data: DatasetSplits
  /** Draws the initial weights, then dropout. */
  generator: Generator
  /** The processes that train together; default: this one alone. */
  communicator?: Communicator
}

/** A trainer, with all its parts, as a configuration says. */
export function buildTrainer(config: RunConfig, { data, generator, communicator = alone }: BuildInputs): Trainer {
  checkShares(data.train.count, config.batchSize, config.dropLast, communicator)
  const model = buildModel(config, generator)
  sameState(model, communicator)
  if (config.syncBn && communicator.size > 1) syncBatchNorm(model, (values) => communicator.allReduce(values))
  const trainLoader = new DataLoader(data.train, {
    batchSize: config.batchSize,
    order: config.order,
    seed: config.seed,
    augment: augmentPresets[config.augment],
    dropLast: config.dropLast,
  })
  return new Trainer({
    model,
    trainLoader,
    testLoader: new DataLoader(data.test, { batchSize: config.evalBatchSize }),
    optimizer: buildOptimizer(config, model),
    schedule: buildSchedule(config, trainLoader.stepsPerEpoch),
    epochs: config.epochs,
    replay: true,
    communicator,
    labelSmoothing: config.labelSmoothing,
    clipNorm: config.clipNorm,
    ...(config.maxSteps === undefined ? {} : { maxSteps: config.maxSteps }),
    ...(config.ema > 0
      ? { ema: new EMA([...model.namedParameters(), ...model.namedBuffers()], { decay: config.ema }) }
      : {}),
  })
}

type ModelSetting = 's' | 'd' | 'ghostFirst' | 'channels' | 'width' | 'groups' | 'dropout'

/** The settings of a run that `createModel` takes; those that were not given are left out. */
export function modelOptions(config: Pick<RunConfig, ModelSetting>): ModelOptions {
  const { s, d, ghostFirst, channels, width, groups, dropout } = config
  return Object.fromEntries(
    Object.entries({ s, d, ghostFirst, channels, width, groups, dropout }).filter(([, value]) => value !== undefined),
  )
}

function buildModel(config: RunConfig, generator: Generator): Module {
  const model = createModel(config.model, { ...modelOptions(config), generator })
  if (config.init !== undefined) {
    const { file, weights } = readWeights(config.init)
    applyWeights(model, weights, file)
  }
  return model
}

function buildOptimizer(config: RunConfig, model: Module): Optimizer {
  const { lr, momentum, nesterov, weightDecay } = config
  const groups = decayGroups(model.namedParameters(), weightDecay, { exempt: config.decayExempt })
  return config.optimizer === 'sgd' ? new SGD(groups, { lr, momentum, nesterov }) : new AdamW(groups, { lr })
}

/** The learning rate by the step, for settings that count in epochs. */
export function buildSchedule(config: RunConfig, stepsPerEpoch: number): Schedule {
  const { lr, minLr, gamma, epochs } = config
  const steps = epochs * stepsPerEpoch
  const rise = Math.round(config.warmupEpochs * stepsPerEpoch) // steps
  if (config.schedule === 'onecycle') {
    return oneCycle(rise > 0 ? { maxLr: lr, steps, pctStart: Math.min(1, rise / steps) } : { maxLr: lr, steps })
  }
  const milestones = config.milestones.map((epoch) => epoch * stepsPerEpoch - rise)
  const schedules = {
    cosine: () => cosine({ lr, minLr, steps: Math.max(1, steps - rise) }),
    multistep: () => multiStep({ lr, milestones, gamma }),
    constant: () => constant(lr),
  }
  const schedule = schedules[config.schedule]()
  return rise > 0 ? warmup(schedule, { steps: rise }) : schedule
}
