import type { StateDict } from '../tensor/stateDict.js'
import { datasetOptions, modelOptions } from './build.js'
import type { RunConfig } from './config.js'
import { inputFacts } from './inputFormat.js'
import { isOwnData } from './openData.js'
import type { Trainer } from './trainer.js'
import type { WeightsInfo } from './weights.js'

/** The weights that are evaluated: the average where there is one, with the counters that it leaves out. */
export function evaluatedWeights({ options: { model, ema } }: Trainer): StateDict {
  if (!ema) return model.stateDict()
  const { num_updates: _, ...averages } = ema.stateDict()
  return { ...model.stateDict(), ...averages }
}

/** What a run's weights files say of themselves. */
export function weightsInfo(config: RunConfig, { options, progress }: Trainer): WeightsInfo & Record<string, string> {
  const { dataset } = options.trainLoader
  const { model, data, testShare, splitSeed, skipBad, labels, labelColumn, imageColumn } = config
  const lists = Object.entries({ labels, labelColumn, imageColumn }).filter(([, value]) => value !== undefined)
  return {
    ...{ model, data, epoch: String(progress.epochs) },
    modelOptions: JSON.stringify({ ...modelOptions(config), ...datasetOptions(model, dataset) }),
    ...inputFacts(dataset),
    ...(isOwnData(data)
      ? {
          testShare: String(testShare),
          splitSeed: String(splitSeed),
          ...(skipBad ? { skipBad: 'true' } : {}),
          ...Object.fromEntries(lists),
        }
      : {}),
  }
}
