import { InertObject } from '../pickle/inert.js'
import { NumpyArray } from '../pickle/numpy.js'
import { entriesOf } from './stateDict.js'

/** What a checkpoint says of its network besides the weights; each may be missing, and nothing is checked. */
export interface CheckpointFacts {
  /** `resnet50`, as PyTorch's example scripts and timm write it. */
  arch?: string
  /** Names of the classes in the order of the logits. */
  classes?: string[]
  mean?: number[]
  std?: number[]
  /** Height and width of the images, pixels. */
  inputSize?: number
}

/** Where training scripts keep their settings. */
const places = [
  ...[
    'args',
    'config',
    'cfg',
    'opt',
    'hparams',
    'hyper_parameters',
    'meta',
    'metadata',
    'pretrained_cfg',
    'default_cfg',
  ],
]

/** The facts that a saved object, or the settings beside its weights, name in the usual words. */
export function checkpointFacts(saved: unknown): CheckpointFacts {
  const root = plain(saved)
  const all = [root, ...places.map((place) => plain(entriesOf(saved).get(place)))]
  return factsIn(Object.assign({}, ...all.reverse().map((map) => Object.fromEntries(map))))
}

/**
 * The same of an object of plain values, such as a `config.json` beside the weights (timm's and transformers' words).
 */
export function factsIn(all: Readonly<Record<string, unknown>>): CheckpointFacts {
  const first = (...keys: string[]) =>
    keys.map((key) => all[key]).find((value) => value !== undefined && value !== null)
  const arch = first('architecture', 'arch', 'model_name', 'model')
  const classes =
    namesFrom(first('classes', 'class_names', 'label_names', 'labels')) ??
    byNumber(first('idx_to_class', 'id2label')) ??
    byName(first('class_to_idx', 'label2id'))
  const mean = numbersFrom(first('mean', 'image_mean'))
  const std = numbersFrom(first('std', 'image_std'))
  const inputSize = sizeFrom(first('input_size', 'img_size', 'image_size', 'crop_size', 'inputSize', 'size'))
  return {
    ...(typeof arch === 'string' ? { arch } : {}),
    ...(classes ? { classes } : {}),
    ...(mean ? { mean } : {}),
    ...(std ? { std } : {}),
    ...(inputSize !== null ? { inputSize } : {}),
  }
}

/** A dict, or the attributes of an object such as argparse's Namespace, with plain keys. */
const plain = (value: unknown): Map<string, unknown> =>
  new Map(
    [...entriesOf(value)]
      .filter((entry): entry is [string, unknown] => typeof entry[0] === 'string')
      .map(([key, item]) => [key, plainValue(item)]),
  )

function plainValue(value: unknown): unknown {
  if (value instanceof NumpyArray) return undefined
  if (value instanceof InertObject) return Object.fromEntries(plain(value))
  return value
}

const namesFrom = (value: unknown): string[] | null =>
  Array.isArray(value) && value.length > 0 && value.every((name) => typeof name === 'string') ? value : null

const pairsOf = (value: unknown): [unknown, unknown][] =>
  value instanceof Map
    ? [...value]
    : value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.entries(value)
      : []

/** `{0: 'cat', 1: 'dog'}` */
const byNumber = (value: unknown): string[] | null => ordered(pairsOf(value).map(([index, name]) => [name, index]))

/** `{'cat': 0, 'dog': 1}` */
const byName = (value: unknown): string[] | null => ordered(pairsOf(value))

function ordered(pairs: readonly (readonly [name: unknown, index: unknown])[]): string[] | null {
  const names: string[] = []
  for (const [name, index] of pairs) {
    const place = Number(index)
    if (typeof name !== 'string' || !Number.isInteger(place) || place < 0 || place >= pairs.length) return null
    names[place] = name
  }
  return pairs.length > 0 && Object.keys(names).length === pairs.length ? names : null
}

function numbersFrom(value: unknown): number[] | null {
  const isList = Array.isArray(value) && value.length === 3 && value.every((v) => typeof v === 'number')
  return isList ? (value as number[]) : null
}

/** `224`, `(224, 224)`, `(3, 224, 224)`, `{ height: 224, width: 224 }` */
function sizeFrom(value: unknown): number | null {
  const side = Array.isArray(value)
    ? value.at(-1)
    : typeof value === 'object' && value !== null
      ? (value as { height?: unknown }).height
      : value
  return Number.isInteger(side) && (side as number) > 0 ? (side as number) : null
}
