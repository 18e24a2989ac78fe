import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { closest } from '../models/closest.js'
import { ConfigError, DataError } from '../tensor/errors.js'
import { checkConfig } from './checkConfig.js'
import { type ConfigKey, configFields, configKeys, type RunConfig, runSchema } from './config.js'
import { modelNameOf } from './ownModel.js'

/** Settings from one place. */
export interface ConfigLayer {
  values: Readonly<Record<string, unknown>>
  /** How messages call a setting from here: `run.yaml: batchSize`, `--batch-size`. */
  label: (key: string) => string
}

/**
 * One configuration from several places; later layers win, and what none of them sets has its default.
 * @throws ConfigError, one line that names the setting, what was expected and what came
 */
export function readConfig(...layers: readonly ConfigLayer[]): RunConfig {
  const merged: Record<string, unknown> = {}
  for (const layer of layers) {
    for (const [key, value] of Object.entries(layer.values)) {
      if (value === undefined) continue
      checkSetting(layer, key, value)
      merged[key] = value
    }
  }
  const parsed = runSchema.parse(merged)
  const config = { ...parsed, model: modelNameOf(parsed.model) }
  checkConfig(config, (key) => layers.findLast(({ values }) => values[key] !== undefined)?.label(key) ?? key)
  return config
}

/** A layer of the library's user, or of a checkpoint. */
export const objectLayer = (values: object, source: string): ConfigLayer => ({
  values: values as Record<string, unknown>,
  label: (key) => `${source}: ${key}`,
})

/** A layer from a YAML file. @throws DataError if it cannot be read, ConfigError if it is not a list of settings */
export function yamlLayer(path: string): ConfigLayer {
  let source: string
  try {
    source = readFileSync(path, 'utf8')
  } catch (error) {
    throw new DataError(`${path}: cannot read the configuration (${(error as NodeJS.ErrnoException).code})`)
  }
  const values = parseYaml(path, source) ?? {}
  if (typeof values !== 'object' || Array.isArray(values)) {
    throw new ConfigError(`${path}: expected lines of "key: value", got ${show(values)}`)
  }
  return objectLayer(values as object, path)
}

function parseYaml(path: string, source: string): unknown {
  try {
    return parse(source)
  } catch (error) {
    const problem = (error as Error).message.split('\n')[0]!.replace(/:$/, '')
    throw new ConfigError(`${path}: not YAML: ${problem}`)
  }
}

function checkSetting({ label }: ConfigLayer, key: string, value: unknown): void {
  if (!configKeys.includes(key as ConfigKey)) {
    throw new ConfigError(`${label(key)}: unknown key${didYouMean(key, configKeys)} known: ${configKeys.join(', ')}`)
  }
  const field = configFields[key as ConfigKey]
  const issue = field.safeParse(value).error?.issues[0]
  if (!issue) return
  const choices = issue.code === 'invalid_value' ? issue.values : issue.code === 'custom' ? issue.params?.values : []
  const near = typeof value === 'string' ? closest(value, (choices ?? []).map(String)) : null
  throw new ConfigError(`${label(key)}: ${issue.message}, got ${show(value)}${near ? `; did you mean "${near}"?` : ''}`)
}

/** `; did you mean "lr"?` if a candidate is near, else `;` */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const near = closest(word, candidates)
  return near ? `; did you mean "${near}"?` : ';'
}

const show = (value: unknown): string => JSON.stringify(value) ?? String(value)
