import type { Command } from 'commander'
import * as F from '../src/autograd/functional.js'
import { loadCifar10Sample } from '../src/data/cifar10Sample.js'
import { augmentPresets, writeExample } from '../src/data/transforms.js'
import { createBackend } from '../src/defaultBackend.js'
import { type ExplainOptions, explain } from '../src/explain/explain.js'
import type { Explanation } from '../src/explain/explanation.js'
import { parseExpression, parseVariable } from '../src/explain/expression/expression.js'
import { isModelFile } from '../src/models/modelFile.js'
import { createModel, findModel } from '../src/models/registry.js'
import { setBackend } from '../src/tensor/backend.js'
import { tensor } from '../src/tensor/create.js'
import { ConfigError } from '../src/tensor/errors.js'
import { ReferenceBackend } from '../src/tensor/reference/referenceBackend.js'
import { modelOptions } from '../src/train/build.js'
import { modelNameOf, openOwnModel } from '../src/train/ownModel.js'
import { readConfig } from '../src/train/readConfig.js'
import { loadModel } from '../src/train/trained/openTrained.js'
import { say } from './errors.js'
import { settingsLayer } from './flags.js'

/** What to explain, as the command line names it: a model, or an expression with values of its variables. */
export interface Subject {
  text: string
  variables: ReadonlyMap<string, string>
}

/** `EXPR --x 2 --w=[[1,2]]`, in any order. */
export function readSubject(words: readonly string[]): Subject {
  const variables = new Map<string, string>()
  const texts: string[] = []
  for (let i = 0; i < words.length; i++) {
    const [, name, value] = /^--([a-z_]\w*)(?:=(.*))?$/is.exec(words[i]!) ?? []
    if (name === undefined) texts.push(words[i]!)
    else {
      const own = value ?? words[++i]
      if (own === undefined) throw new ConfigError(`--${name}: expected a value, as in --${name} 2`)
      variables.set(name, own)
    }
  }
  if (texts.length === 1) return { text: texts[0]!, variables }
  throw new ConfigError(`expected one expression or one model, got ${texts.length > 0 ? texts.join(' and ') : 'none'}`)
}

/** A registered name, or what can only be meant as one: a word with digits and without values, such as `resnet57`. */
export const isModel = ({ text, variables }: Subject): boolean =>
  findModel(text) !== undefined || isModelFile(text) || (variables.size === 0 && /^[a-z]+(-[a-z]+)*\d+$/.test(text))

/** Flags of the command itself, which no variable can be called. */
const ownFlags = ['format', 'out', 'step', 'module', 'depth', 'weights', 'json', 'backend', 'threads', 'help']

const pick = (values: Readonly<Record<string, unknown>>, keys: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(Object.entries(values).filter(([key]) => keys.includes(key)))

/** In double precision by the readable backend, unless the flags say otherwise. */
export function explainExpression(subject: Subject, command: Command, options: ExplainOptions): Explanation {
  const { names, run } = parseExpression(subject.text)
  const taken = names.find((name) => ownFlags.includes(name))
  if (taken !== undefined) throw new ConfigError(`--${taken} is a flag: give the variable "${taken}" another name`)
  const flags = settingsLayer(command)
  const { backend, threads } = readConfig({ ...flags, values: pick(flags.values, ['backend', 'threads']) })
  const unknown = [...subject.variables.keys()].find((name) => !names.includes(name))
  if (unknown !== undefined) {
    throw new ConfigError(
      `--${unknown}: neither a flag nor a variable of the expression (${names.join(', ') || 'no variables'})`,
    )
  }
  setBackend('backend' in flags.values ? createBackend(backend, { threads }) : new ReferenceBackend('float64'))
  // A variable may be called as a setting of models is, such as s.
  const givenAsSetting = (name: string): string | undefined =>
    name in flags.values ? String(command.opts()[name]) : undefined
  const variables = Object.fromEntries(
    names.map((name) => {
      const value = subject.variables.get(name) ?? givenAsSetting(name)
      if (value === undefined) say(`${name} is 1, as it was given no value (--${name} VALUE)`)
      return [name, parseVariable(name, value ?? '1')]
    }),
  )
  return explain(() => run(variables), { ...options, names: variables })
}

/** The cross-entropy of the first training image of the packaged sample, in training mode, by the backend that trains. */
export async function explainModel(
  { text, variables }: Subject,
  weights: string | undefined,
  command: Command,
  options: ExplainOptions,
): Promise<Explanation> {
  const [unknown] = variables.keys()
  if (unknown !== undefined) throw new ConfigError(`--${unknown}: unknown option; only expressions have variables`)
  const config = readConfig(settingsLayer(command))
  setBackend(createBackend(config.backend, { threads: config.threads }))
  const own = modelOptions(config)
  openOwnModel(text, true)
  const name = modelNameOf(text)
  const model = weights === undefined ? createModel(name, { ...own, seed: 0 }) : loadModel(weights, name, own).model
  const { train } = await loadCifar10Sample()
  const { channels, height, width } = train
  const image = new Float32Array(channels * height * width)
  writeExample(train, 0, augmentPresets.none, null, image, 0)
  const images = tensor(image, [1, channels, height, width])
  const loss = () => F.crossEntropy(model.train().call(images), train.labels.slice(0, 1))
  return explain(loss, { ...options, model, names: { image: images } })
}
