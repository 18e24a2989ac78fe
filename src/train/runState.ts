import type { StateDict } from '../tensor/stateDict.js'
import { datasetOptions, modelOptions } from './build.js'
import type { RunConfig } from './config.js'
import { isOwnData } from './openData.js'
import { encodeTrainedOn } from './trained/trainedOn.js'
import type { Trainer } from './trainer.js'

/** The weights that are evaluated: the average where there is one, with the counters that it leaves out. */
export function evaluatedWeights({ options: { model, ema } }: Trainer): StateDict {
  if (!ema) return model.stateDict()
  const { num_updates: _, ...averages } = ema.stateDict()
  return { ...model.stateDict(), ...averages }
}

/** What a run's weights files say of themselves. */
export function weightsInfo(config: RunConfig, { options, progress }: Trainer): Record<string, string> {
  const { classes, mean, std, height, width } = options.trainLoader.dataset
  const { model, data, testShare, splitSeed, skipBad, labels, labelColumn, imageColumn } = config
  return encodeTrainedOn({
    ...{ model, data, epoch: progress.epochs, classes, mean, std, height, width, cropShare: 1 },
    options: { ...modelOptions(config), ...datasetOptions(model, options.trainLoader.dataset) },
    ...(isOwnData(data)
      ? { testShare, splitSeed, skipBad: skipBad || undefined, labels, labelColumn, imageColumn }
      : {}),
  })
}
