import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { ModelOptions } from '../models/options.js'
import { createModel } from '../models/registry.js'
import { summarize } from '../nn/summary.js'
import { withBackend } from '../tensor/backend.js'
import { ConfigError, DataError } from '../tensor/errors.js'
import { MetaBackend } from '../tensor/meta/metaBackend.js'
import { modelFacts } from '../train/exportModel.js'
import type { LoadedModel } from '../train/trained/openTrained.js'
import { runFiles, writeWeights } from '../train/weights.js'
import { pruneL1 } from './l1.js'
import { prunableLayers } from './layers.js'
import { findPlan } from './plans.js'

/** What pruning made of a network. */
export interface PruneReport {
  plan: string
  model: string
  /** The file of the pruned weights. */
  file: string
  /** Weights and multiply-adds of an image of 32 × 32 pixels. */
  before: Cost
  after: Cost
  /** In the order of the network's option `channels`. */
  layers: {
    name: string
    filters: number
    /** The filters that are left, ascending. */
    kept: number[]
  }[]
}

/** What a network costs. */
export interface Cost {
  params: number
  macs: number
}

/**
 * Prune a trained network by a plan and write the smaller one, which every command takes as any other.
 * @param folder of the pruned weights; made if it is not there
 * @throws ConfigError if the plan does not fit the network, or the folder has weights already; DataError if it cannot be written
 */
export function pruneRun(loaded: LoadedModel, planName: string, folder: string): PruneReport {
  const { model, name, options: given } = loaded
  const plan = findPlan(planName, name)
  const file = join(folder, runFiles.model)
  if (existsSync(file)) throw new ConfigError(`${folder} already holds weights: choose another folder by --out`)
  const base = model.stateDict()
  const layers = prunableLayers(model)
  const filters = layers.map(({ conv }) => base[`${conv}.weight`]!.shape[0]!)
  const { state, kept } = pruneL1(base, layers, plan.fractions)
  const classes = given.numClasses === undefined ? {} : { numClasses: given.numClasses }
  const options = { ...classes, channels: kept.map((indexes) => indexes.length) }
  try {
    mkdirSync(folder, { recursive: true })
  } catch (error) {
    throw new DataError(`cannot make the folder ${folder} (${(error as Error).message}): choose another by --out`)
  }
  const { epoch: _, ...facts } = modelFacts(loaded) // what is pruned was not trained yet
  writeWeights(file, state, { ...facts, modelOptions: JSON.stringify(options) })
  return {
    ...{
      plan: planName,
      model: name,
      file,
      before: cost(name, { ...classes, channels: filters }),
      after: cost(name, options),
    },
    layers: layers.map(({ conv }, i) => ({ name: conv, filters: filters[i]!, kept: kept[i]! })),
  }
}

function cost(name: string, options: ModelOptions): Cost {
  const { params, macs } = withBackend(new MetaBackend(), () => summarize(createModel(name, options), [3, 32, 32]))
  return { params, macs }
}
