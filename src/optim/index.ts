/**
 * Optimizers, learning-rate schedules, gradient clipping and weight averaging.
 * @module
 */
import '../setup.js'

export { AdamW, type AdamWOptions } from './adamW.js'
export { clipGradNorm } from './clip.js'
export { EMA, type EMAOptions } from './ema.js'
export { type DecayGroupsOptions, decayGroups } from './groups.js'
export { JointOptimizer, type JointPart, type Stepping } from './jointOptimizer.js'
export { Lookahead, type LookaheadOptions } from './lookahead.js'
export { Muon, type MuonOptions } from './muon.js'
export type { NamedTensor } from './namedTensors.js'
export { orthogonalize } from './newtonSchulz.js'
export {
  type GroupOptions,
  Optimizer,
  type OptimizerOptions,
  type OptimizerParams,
  type ParameterGroup,
} from './optimizer.js'
export {
  type CosineOptions,
  constant,
  cosine,
  type LinearOptions,
  linear,
  type MultiStepOptions,
  multiStep,
  type OneCycleOptions,
  oneCycle,
  type Schedule,
  type WarmupOptions,
  warmup,
} from './schedule.js'
export { CosineLR, LinearLR, MultiStepLR, OneCycleLR, Scheduler, WarmupLR } from './scheduler.js'
export { SGD, type SGDOptions } from './sgd.js'
