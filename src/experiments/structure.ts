import { createModel } from '../models/registry.js'
import { summarize } from '../nn/summary.js'
import { withBackend } from '../tensor/backend.js'
import { MetaBackend } from '../tensor/meta/metaBackend.js'
import { canRun, type Network, networkOf, type Row } from './rows.js'

/** What a network consists of and what one image costs, exactly. */
export interface Structure {
  weights: number
  /** Multiply-adds, which the paper calls FLOPs. */
  macs: number
}

const counted = new Map<string, Structure>()

/** Count a network: it is built and traced as shapes alone. */
export function countNetwork(network: Network, inputSize: 32 | 224): Structure {
  const key = JSON.stringify([network, inputSize])
  const known = counted.get(key)
  if (known) return known
  const { params, macs } = withBackend(new MetaBackend(), () =>
    summarize(createModel(network.model, network.options), [3, inputSize, inputSize]),
  )
  const structure = { weights: params, macs }
  counted.set(key, structure)
  return structure
}

/** Of a row's network: at 32 pixels where it is run here, else at 224. Null for networks that are not built here. */
export function structureOf(row: Row): Structure | null {
  if (canRun(row)) return countNetwork(networkOf(row), 32)
  return row.kind === 'structure' ? countNetwork(row.network, 224) : null
}
