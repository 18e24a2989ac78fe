import { type Command, Option } from 'commander'
import type { z } from 'zod'
import { ConfigError } from '../src/tensor/errors.js'
import { type ConfigKey, configFields, configGroups } from '../src/train/config.js'
import type { ConfigLayer } from '../src/train/readConfig.js'

/** `batchSize` → `--batch-size` */
export const flagOf = (key: string): string => `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`

/** Give a command a flag for each of these settings, all of them by default, with the schema's descriptions as help. */
export function addSettings(command: Command, keys?: readonly ConfigKey[]): Command {
  for (const [group, fields] of Object.entries(configGroups)) {
    for (const key of Object.keys(fields) as ConfigKey[]) {
      if (keys && !keys.includes(key)) continue
      for (const option of optionsOf(key, configFields[key]))
        command.addOption(keys ? option : option.helpGroup(`${group}:`))
    }
  }
  return command
}

/** A flag that is a whole number of at least 1. */
export function wholeFlag(flag: string, text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= 1) return value
  throw new ConfigError(`${flag}: expected a whole number of at least 1, got "${text}"`)
}

/** The settings that were given as flags. */
export function settingsLayer(command: Command): ConfigLayer {
  const values: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(command.opts())) {
    if (key in configFields && command.getOptionValueSource(key) === 'cli') {
      values[key] = convert(kindOf(configFields[key as ConfigKey]).type, value)
    }
  }
  return { values, label: flagOf }
}

/** Give a command a flag for each field of a table of schemas. */
export function addFields(command: Command, fields: Readonly<Record<string, z.ZodType>>): Command {
  for (const [key, field] of Object.entries(fields)) {
    for (const option of optionsOf(key, field)) command.addOption(option)
  }
  return command
}

/** Those of the fields that were given as flags. */
export function fieldsLayer(command: Command, fields: Readonly<Record<string, z.ZodType>>): ConfigLayer {
  const given = Object.entries(command.opts()).filter(([key]) => command.getOptionValueSource(key) === 'cli')
  const known = given.flatMap(([key, value]) => {
    const field = Object.hasOwn(fields, key) ? fields[key] : undefined
    return field ? [[key, convert(kindOf(field).type, value)] as const] : []
  })
  return { values: Object.fromEntries(known), label: flagOf }
}

/** What a flag's text means. Text that is not of the kind stays text, and the schema refuses it. */
function convert(type: string, value: unknown): unknown {
  if (typeof value !== 'string') return value
  if (type === 'number') return value.trim() === '' || Number.isNaN(Number(value)) ? value : Number(value)
  if (type === 'array') return value.split(',').map((part) => convert('number', part))
  if (type === 'union') return /^[\d.,\s]+$/.test(value) ? convert('array', value) : value
  return value
}

/** A field's type, as a user gives it, and default, without the wrappers of zod. */
function kindOf(field: z.ZodType): { type: string; choices: string[]; fallback: unknown } {
  let schema = field
  let fallback: unknown
  while (schema.type === 'default' || schema.type === 'optional' || schema.type === 'pipe') {
    const def = schema.def as unknown as { in: z.ZodType; innerType: z.ZodType; defaultValue?: unknown }
    fallback ??= def.defaultValue
    schema = schema.type === 'pipe' ? def.in : def.innerType // a pipe begins with what is given
  }
  const choices = schema.type === 'enum' ? (schema as z.ZodEnum).options.map(String) : []
  return { type: schema.type, choices, fallback }
}

/** The values that a setting may have, if they are few and have names. */
export const choicesOf = (key: ConfigKey): readonly string[] => kindOf(configFields[key]).choices

const placeholders: Record<string, string> = { number: ' <n>', array: ' <n,n,…>', enum: ' <name>', string: ' <path>' }
const ownPlaceholders: Readonly<Record<string, string>> = {
  augment: ' <policy>',
  classWeights: ' <list|file>',
  model: ' <name|file>',
  freeze: ' <globs>',
  paramGroups: ' <groups>',
}

function optionsOf(key: string, field: z.ZodType): Option[] {
  const { type, choices, fallback } = kindOf(field)
  const notes = []
  if (choices.length > 0 && key !== 'model') notes.push(choices.join(' | '))
  if (fallback !== undefined && String(fallback) !== '' && fallback !== false) notes.push(`default: ${fallback}`)
  const help = field.description + (notes.length > 0 ? ` (${notes.join('; ')})` : '')
  if (type !== 'boolean') return [new Option(`${flagOf(key)}${ownPlaceholders[key] ?? placeholders[type] ?? ''}`, help)]
  const yes = new Option(flagOf(key), help)
  const no = new Option(flagOf(key).replace('--', '--no-'), `do not ${field.description}`)
  return fallback === true ? [yes.hideHelp(), no] : [yes, no.hideHelp()]
}
