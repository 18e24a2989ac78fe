import { extname } from 'node:path'
import { fromStateValue } from '../io/fileArray.js'
import { encodeNpz } from '../io/npz.js'
import { exportOnnx } from '../io/onnx/export.js'
import { encodeSafetensors } from '../io/safetensors.js'
import { encodeTorch } from '../io/torch/write.js'
import { ConfigError } from '../tensor/errors.js'
import { inputFacts, readInputFormat } from './inputFormat.js'
import type { LoadedModel } from './loadModel.js'
import { version } from './machine.js'

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
}

/**
 * The bytes of a trained model as a file for other tools. ONNX and safetensors have room for what they need to know to use it; `.pth`
 * and `.npz` hold the state dict alone.
 */
export function exportModel(loaded: LoadedModel, format: ExportFormat, options: ExportOptions = {}): Uint8Array {
  const { model, name } = loaded
  const { data, ...onnx } = options
  const metadata = modelFacts(loaded, data ?? loaded.info.data ?? 'cifar10')
  if (format === 'onnx') {
    const size = readInputFormat(loaded).height
    return exportOnnx(model, { ...onnx, inputShape: [3, size, size], name, version, metadata })
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

/** What a program needs to know to feed images and read logits; lists are JSON. */
function modelFacts(loaded: LoadedModel, data: string): Record<string, string> {
  const { name, options, info } = loaded
  const format = readInputFormat(loaded)
  const isKnown = info.classes !== undefined || (options.numClasses ?? 10) === 10
  return {
    model: name,
    modelOptions: JSON.stringify(options),
    data,
    ...(info.epoch === undefined ? {} : { epoch: info.epoch }),
    ...(isKnown ? inputFacts(format) : { inputSize: String(format.height) }),
    version,
  }
}
