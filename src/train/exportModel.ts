import { extname } from 'node:path'
import { fromStateValue } from '../io/fileArray.js'
import { encodeNpz } from '../io/npz.js'
import { exportOnnx } from '../io/onnx/export.js'
import { encodeSafetensors } from '../io/safetensors.js'
import { encodeTorch } from '../io/torch/write.js'
import { ConfigError } from '../tensor/errors.js'
import { version } from './machine.js'
import { modelTitle } from './modelTitle.js'
import type { LoadedModel } from './trained/openTrained.js'
import { encodeTrainedOn } from './trained/trainedOn.js'

export const exportFormats = ['onnx', 'safetensors', 'pth', 'npz'] as const

/** A kind of file that `exportModel` writes. */
export type ExportFormat = (typeof exportFormats)[number]

/** What `exportModel` writes, and where. */
export interface ExportOptions {
  /** Data set that the model was trained on; default: what its file says, else CIFAR-10. */
  data?: string
  /** onnx: put batch norms into the convolutions before them; default false. */
  foldBatchNorm?: boolean
  /** onnx: images at a time; default: any number. */
  batch?: number
  /** onnx: the graph takes pixels, 0 … 255, and normalizes them itself; default false. */
  preprocess?: boolean
  /** onnx: the graph gives probabilities, not logits; default false. */
  softmax?: boolean
}

/**
 * The bytes of a trained model as a file for other tools. ONNX and safetensors have room for what they need to know to
 * use it; `.pth` and `.npz` hold the state dict alone.
 */
export function exportModel(loaded: LoadedModel, format: ExportFormat, options: ExportOptions = {}): Uint8Array {
  const { model, name } = loaded
  const { data, preprocess = false, ...onnx } = options
  const metadata = modelFacts(loaded, data)
  if (format === 'onnx') {
    const { height: size, mean, std } = loaded.trainedOn
    const input = preprocess ? { preprocess: { mean, std } } : {}
    const facts = {
      ...metadata,
      input: preprocess ? 'pixels' : 'normalized',
      output: onnx.softmax ? 'probabilities' : 'logits',
    }
    return exportOnnx(model, {
      ...{ ...onnx, ...input, inputShape: [3, size, size], name: modelTitle(name), version, metadata: facts },
    })
  }
  const weights = model.stateDict()
  if (format === 'safetensors') return encodeSafetensors(weights, { format: 'pt', ...metadata })
  if (format === 'pth') return encodeTorch(weights)
  return encodeNpz(Object.fromEntries(Object.entries(weights).map(([key, v]) => [key, fromStateValue(key, v)])))
}

const endings: Readonly<Record<string, ExportFormat>> = {
  '.onnx': 'onnx',
  '.safetensors': 'safetensors',
  '.pth': 'pth',
  '.pt': 'pth',
  '.npz': 'npz',
}

/** The format that the end of a file's name stands for. @throws ConfigError if it is none */
export function formatOf(file: string): ExportFormat {
  const format = endings[extname(file).toLowerCase()]
  if (format) return format
  throw new ConfigError(`${file}: expected a name that ends in ${Object.keys(endings).join(', ')}, or --format`)
}

/**
 * What a program needs to know to feed images and read logits, as strings; lists are JSON. What was only assumed is
 * left out, but for the size of the images.
 */
export function modelFacts({ trainedOn, assumed }: LoadedModel, data?: string): Record<string, string> {
  const facts = encodeTrainedOn({ ...trainedOn, data: data ?? trainedOn.data })
  const known = Object.entries(facts).filter(([key]) => key === 'inputSize' || !(assumed as Set<string>).has(key))
  return { ...Object.fromEntries(known), version }
}

/** The same as a JSON file beside a format that has no room for it; `openTrained` looks there. */
export function factsFile(loaded: LoadedModel, data?: string): string {
  const lists = ['modelOptions', 'classes', 'mean', 'std', 'inputSize', 'epoch', 'testShare', 'splitSeed', 'skipBad']
  const values = Object.entries(modelFacts(loaded, data)).map(([key, text]) => [
    key,
    lists.includes(key) ? JSON.parse(text) : text,
  ])
  return `${JSON.stringify(Object.fromEntries(values), null, 2)}\n`
}
