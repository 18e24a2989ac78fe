/**
 * Smaller networks out of trained ones.
 * @module
 */
import '../setup.js'

export { filtersToKeep, l1Norms, pruneL1 } from './l1.js'
export { type PrunableLayer, prunableLayers } from './layers.js'
export { channelsAfter, findPlan, type PruningPlan, pruningPlans } from './plans.js'
export { type Cost, type PruneReport, pruneRun } from './pruneRun.js'
