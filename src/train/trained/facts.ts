import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, extname, join } from 'node:path'
import { type CheckpointFacts, factsIn } from '../../io/torch/facts.js'
import type { ModelOptions } from '../../models/options.js'
import { listModels } from '../../models/registry.js'
import { parseObject } from '../parseObject.js'
import { decodeFacts, type KnownFacts } from './trainedOn.js'

/** Facts and the file that they are from. */
export interface SourcedFacts {
  file: string
  facts: KnownFacts
  /** Whether `export` wrote it, for this very file. */
  isOwn: boolean
}

/** Lists of classes by name, one a line. */
const lists = ['classes.txt', 'labels.txt', 'class_names.txt', 'names.txt']

/**
 * What files beside a weights file say of it: `NAME.json` of `export`, `config.json` and `preprocessor_config.json` of
 * timm and transformers, a list of classes.
 */
export function factsBeside(file: string): SourcedFacts[] {
  const folder = dirname(file)
  const jsons = [`${basename(file, extname(file))}.json`, 'config.json', 'preprocessor_config.json']
  const found = jsons.flatMap((name) => {
    const path = join(folder, name)
    const value = existsSync(path) ? parseObject(readFileSync(path, 'utf8'), JSON.parse) : null
    return value ? [{ file: path, facts: jsonFacts(value, path), isOwn: 'modelOptions' in value }] : []
  })
  const list = lists.map((name) => join(folder, name)).find((path) => existsSync(path))
  if (list !== undefined) found.push({ file: list, facts: { classes: readClassList(list) }, isOwn: false })
  return found.filter(({ facts }) => Object.keys(facts).length > 0)
}

/** Of our own in full; of other tools' what the usual words say. */
function jsonFacts(value: Record<string, unknown>, path: string): KnownFacts {
  if ('modelOptions' in value) {
    const texts = Object.entries(value).map(([key, item]) => [
      key,
      typeof item === 'string' ? item : JSON.stringify(item),
    ])
    return decodeFacts(Object.fromEntries(texts), path)
  }
  const { pretrained_cfg: nested } = value
  const inner = nested !== null && typeof nested === 'object' ? (nested as Record<string, unknown>) : {}
  return knownFacts(factsIn({ ...value, ...inner, architecture: value.architecture ?? inner.architecture }))
}

/** A checkpoint's facts in our words. */
export function knownFacts({ arch, ...facts }: CheckpointFacts): KnownFacts {
  const found = arch === undefined ? null : modelOfArch(arch)
  return found ? { ...facts, model: found.model, modelOptions: { ...found.options } } : facts
}

/** A line a class; a list in JSON as well. */
export function readClassList(path: string): string[] {
  const text = readFileSync(path, 'utf8').replace(/^\uFEFF/, '')
  const parsed = /^\s*[[{]/.test(text) ? parseList(text) : null
  return (
    parsed ??
    text
      .split(/\r?\n/)
      .map((line) => line.trim())
      .filter((line) => line !== '')
  )
}

function parseList(text: string): string[] | null {
  try {
    const value: unknown = JSON.parse(text)
    const { classes } = Array.isArray(value)
      ? factsIn({ classes: value })
      : factsIn({ idx_to_class: value, class_to_idx: value, ...(value as Record<string, unknown>) })
    return classes ?? null
  } catch {
    return null
  }
}

/**
 * `mobilenet_v2`, `mobilenetv3_large_075`, `shufflenet_v2_x1_5`, `semnasnet_100`: the network here of torchvision's or
 * timm's name.
 */
export function modelOfArch(arch: string): { model: string; options: ModelOptions } | null {
  const text = arch.toLowerCase().replace(/\..*$/, '').replace('semnasnet', 'mnasnet-a1')
  const [, base, times, hundredths] = /^(.*?)(?:_x(\d+_\d+)|_(\d{3}))?$/.exec(text)!
  const plain = (name: string) => name.replace(/[-_]/g, '')
  const model = listModels().find(({ name }) => plain(name) === plain(base!))
  if (!model) return null
  const width = times !== undefined ? Number(times.replace('_', '.')) : Number(hundredths ?? 100) / 100
  if (width === 1 || !model.options.includes('width')) return { model: model.name, options: {} }
  const isFixed = hundredths !== undefined && width < 0.75 && model.options.includes('fixedStem')
  return { model: model.name, options: isFixed ? { width, fixedStem: true } : { width } }
}
