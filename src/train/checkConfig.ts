import { ConfigError } from '../tensor/errors.js'
import type { RunConfig } from './config.js'

/** Refuse settings that exclude each other. @param label how messages call a setting */
export function checkConfig(config: RunConfig, label: (key: string) => string): void {
  const given = (key: keyof RunConfig) => config[key] !== undefined && config[key] !== false
  const exclude = (key: keyof RunConfig, others: readonly (keyof RunConfig)[], why: string): void => {
    const other = given(key) ? others.find(given) : undefined
    if (other !== undefined) throw new ConfigError(`${label(key)} and ${label(other)} exclude each other: ${why}`)
  }
  exclude('overfitBatches', ['valSplit', 'patience'], 'it is judged by the very images that it learns')
  exclude('overfitBatches', ['mixup', 'cutmix'], 'it shows whether a network can learn its images as they are')
  exclude('overfitBatches', ['fastDevRun'], 'one is about many epochs, the other about one step')
  exclude('fastDevRun', ['maxSteps', 'patience'], 'it is one step long')
  exclude('whiten', ['init'], 'the weights to start from would be overwritten')
  refuseIdle(config, label)
  for (const key of ['mixup', 'cutmix'] as const) {
    if (given(key) && config.batchSize < 2) {
      throw new ConfigError(
        `${label(key)}: images are mixed within a batch: expected ${label('batchSize')} of at least 2, got ${config.batchSize}`,
      )
    }
  }
}

/** Refuse settings that would have no effect beside the others: whoever gives one means something. */
function refuseIdle(config: RunConfig, label: (key: string) => string): void {
  const { schedule, optimizer, milestones, gamma, minLr, momentum, nesterov, warmupEpochs, epochs, lr } = config
  const idle = (key: keyof RunConfig, isGiven: boolean, rival: keyof RunConfig, needed: string): void => {
    if (!isGiven) return
    throw new ConfigError(`${label(key)}: has no effect with ${label(rival)} ${config[rival]}: ${needed}`)
  }
  const isSteps = schedule === 'multistep'
  idle('milestones', milestones.length > 0 && !isSteps, 'schedule', `they need ${label('schedule')} multistep`)
  idle('gamma', gamma !== 0.1 && !isSteps, 'schedule', `it needs ${label('schedule')} multistep`)
  idle('minLr', minLr !== 0 && schedule !== 'cosine', 'schedule', `it needs ${label('schedule')} cosine`)
  const hasMomentum = optimizer === 'sgd' || optimizer === 'muon' || config.paramGroups !== undefined
  idle('nesterov', nesterov && !hasMomentum, 'optimizer', `it needs ${label('optimizer')} sgd or muon`)
  idle('momentum', momentum !== 0.9 && !hasMomentum, 'optimizer', `it needs ${label('optimizer')} sgd or muon`)
  const isMuon = optimizer === 'muon' || config.paramGroups?.some((group) => group.optimizer === 'muon') === true
  idle('nsSteps', config.nsSteps !== 3 && !isMuon, 'optimizer', `they need ${label('optimizer')} muon`)
  idle('normalizeFilters', config.normalizeFilters && !isMuon, 'optimizer', `it needs ${label('optimizer')} muon`)
  const decays = config.weightDecay > 0 || config.paramGroups !== undefined
  idle('decayExempt', config.decayExempt !== 'none' && !decays, 'weightDecay', 'nothing decays')
  if (minLr > lr) {
    throw new ConfigError(`${label('minLr')}: expected at most the learning rate at its peak, ${lr}, got ${minLr}`)
  }
  if (isSteps && milestones.length === 0) {
    throw new ConfigError(
      `${label('schedule')}: multistep needs ${label('milestones')}, the epochs after which the rate falls`,
    )
  }
  if (nesterov && momentum === 0) throw new ConfigError(`${label('nesterov')}: needs ${label('momentum')} above 0`)
  if (warmupEpochs > epochs && !config.fastDevRun) {
    throw new ConfigError(
      `${label('warmupEpochs')}: expected at most the ${epochs} epochs of the run, got ${warmupEpochs}: the rate would never reach its peak`,
    )
  }
}
