import { noGrad } from '../autograd/gradMode.js'
import type { DatasetSplits } from '../data/cifar10.js'
import type { ImageDataset } from '../data/dataset.js'
import { alone, type Communicator } from '../distributed/communicator.js'
import { isModelFile } from '../models/modelFile.js'
import type { ModelOptions } from '../models/options.js'
import { createModel, takesOption } from '../models/registry.js'
import { syncBatchNorm } from '../nn/batchNorm.js'
import type { Module } from '../nn/module.js'
import { EMA } from '../optim/ema.js'
import { Lookahead } from '../optim/lookahead.js'
import { withBackend } from '../tensor/backend.js'
import { zeros } from '../tensor/create.js'
import { ConfigError, ShapeError, showShape } from '../tensor/errors.js'
import { MetaBackend } from '../tensor/meta/metaBackend.js'
import type { Generator } from '../tensor/random.js'
import { sameShape } from '../tensor/shape.js'
import { scope } from '../tensor/tensor.js'
import { buildOptimizer } from './buildOptimizer.js'
import { buildSchedule } from './buildSchedule.js'
import { classWeightsOf } from './classWeights.js'
import type { RunConfig } from './config.js'
import { checkShares, checkTogether, sameState } from './dataParallel.js'
import { freeze } from './freeze.js'
import { startFrom } from './initialWeights.js'
import { buildLoaders } from './loaders.js'
import { Trainer } from './trainer.js'
import { Updates } from './updates.js'
import { whitenFirst } from './whitenFirst.js'

/** The parts of a run, from its configuration. */
export interface BuildInputs {
  data: DatasetSplits
  /** Draws the initial weights, then dropout. */
  generator: Generator
  /** Something the user should know: one line. */
  onNote?: (text: string) => void
  /** The processes that train together; default: this one alone. */
  communicator?: Communicator
}

/** A trainer, with all its parts, as a configuration says. */
export function buildTrainer(config: RunConfig, inputs: BuildInputs): Trainer {
  const { data, generator, onNote = () => {}, communicator = alone } = inputs
  const { accumulate = 1, classWeights } = config
  checkTogether(config, communicator)
  const { trainIndexes, ...loaders } = buildLoaders(config, data)
  const model = buildModel(config, data.train, trainIndexes, generator, onNote)
  checkShares(loaders.trainLoader.count, config.batchSize, config.dropLast, communicator)
  const weights = classWeights === undefined ? undefined : classWeightsOf(classWeights, data.train, trainIndexes)
  sameState(model, communicator)
  if (config.syncBn && communicator.size > 1) syncBatchNorm(model, (values) => communicator.allReduce(values))
  const stepsPerEpoch = new Updates(loaders.trainLoader, accumulate).perEpoch
  const state = [...model.namedParameters(), ...model.namedBuffers()]
  return new Trainer({
    ...{ model, ...loaders, accumulate },
    optimizer: buildOptimizer(config, model, stepsPerEpoch),
    schedule: buildSchedule(config, stepsPerEpoch),
    epochs: config.epochs,
    evalEvery: config.evalEvery,
    replay: true,
    communicator,
    labelSmoothing: config.labelSmoothing,
    clipNorm: config.clipNorm,
    ...(weights ? { classWeights: weights } : {}),
    ...(config.monitor === undefined ? {} : { monitor: config.monitor }),
    ...(config.patience === undefined ? {} : { patience: config.patience }),
    ...(config.maxSteps === undefined ? {} : { maxSteps: config.maxSteps }),
    ...(config.ema > 0 ? { ema: new EMA(state, { decay: config.ema, warmup: true }) } : {}),
    ...(config.lookahead > 0
      ? { lookahead: new Lookahead(state, { decay: config.lookahead, steps: config.epochs * stepsPerEpoch }) }
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

/** What a network must be told of the images that it is for; of those of CIFAR-10 nothing. */
export function datasetOptions(model: string, { classes, height }: Pick<ImageDataset, 'classes' | 'height'>) {
  const takesSize = takesOption(model, 'inputSize')
  const options: ModelOptions = {
    ...(classes.length === 10 ? {} : { numClasses: classes.length }),
    ...(takesSize && height !== 32 ? { inputSize: height } : {}),
  }
  return options
}

/** Whether a network can do with images of a size, and one of the user's own with their classes, told by shapes alone. */
function checkSize(name: string, options: ModelOptions, { height, width, classes }: ImageDataset): void {
  const isOwn = isModelFile(name)
  if (height === 32 && width === 32 && !isOwn) return // what every network here can
  try {
    const shape = withBackend(new MetaBackend(), () => {
      const model = createModel(name, { ...options, seed: 0 })
      return scope(() => noGrad(() => model.eval().call(zeros([2, 3, height, width])).shape))
    })
    if (sameShape(shape, [2, classes.length])) return
    throw new ConfigError(
      `${name}: expected logits of shape (N, ${classes.length}), one for each class, got ${showShape(shape)} of 2 images`,
    )
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error
    throw new ConfigError(
      `${name} cannot take images of ${width} × ${height} pixels (${error.message}): choose a larger --image-size, or another model`,
    )
  }
}

function buildModel(
  config: RunConfig,
  dataset: ImageDataset,
  trainIndexes: Int32Array,
  generator: Generator,
  onNote: (text: string) => void,
): Module {
  const options = { ...modelOptions(config), ...datasetOptions(config.model, dataset) }
  checkSize(config.model, options, dataset)
  const model = createModel(config.model, { ...options, generator })
  if (config.init !== undefined) startFrom(model, config.init, { model: config.model, onNote })
  if (config.whiten) whitenFirst(model, dataset, trainIndexes)
  if (config.freeze === undefined) return model
  const names = new Set(freeze(model, config.freeze))
  const sizes = Array.from(model.namedParameters(), ([name, { size }]) => (names.has(name) ? size : 0))
  const frozen = sizes.reduce((sum, size) => sum + size, 0)
  onNote(
    `frozen: ${names.size} of ${sizes.length} parameters, with ${frozen.toLocaleString('en-US')} of ${model.numParameters.toLocaleString('en-US')} weights`,
  )
  return model
}
