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
  for (const key of ['mixup', 'cutmix'] as const) {
    if (given(key) && config.batchSize < 2) {
      throw new ConfigError(
        `${label(key)}: images are mixed within a batch: expected ${label('batchSize')} of at least 2, got ${config.batchSize}`,
      )
    }
  }
}
