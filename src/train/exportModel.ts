import { cifarClasses, cifarMean, cifarStd } from '../data/cifarRecords.js'
import { datasetNames } from '../data/loadDataset.js'
import { exportOnnx } from '../io/onnx/export.js'
import { encodeSafetensors } from '../io/safetensors.js'
import { ConfigError } from '../tensor/errors.js'
import type { LoadedModel } from './loadModel.js'
import { version } from './machine.js'

export const exportFormats = ['onnx', 'safetensors'] as const

export type ExportFormat = (typeof exportFormats)[number]

export interface ExportOptions {
  /** onnx: put batch norms into the convolutions before them; default false. */
  foldBatchNorm?: boolean
  /** onnx: images at a time; default: any number. */
  batch?: number
}

/** The bytes of a trained model as a file for other tools, with what they need to use it as metadata, if the format has room for it. */
export function exportModel(loaded: LoadedModel, format: ExportFormat, options: ExportOptions = {}): Uint8Array {
  const { model, name, options: modelOptions } = loaded
  const metadata = modelFacts(loaded)
  if (format === 'safetensors') return encodeSafetensors(model.stateDict(), { format: 'pt', ...metadata })
  const size = modelOptions.inputSize ?? 32
  return exportOnnx(model, { ...options, inputShape: [3, size, size], name, version, metadata })
}

/** The format that the end of a file's name stands for. @throws ConfigError if it is none */
export function formatOf(file: string): ExportFormat {
  const format = exportFormats.find((name) => file.toLowerCase().endsWith(`.${name}`))
  if (format) return format
  throw new ConfigError(`${file}: expected a name that ends in ${exportFormats.map((name) => `.${name}`).join(', ')}`)
}

/** What a program needs to know to feed images and read logits; lists are JSON. */
function modelFacts({ name, options, info }: LoadedModel): Record<string, string> {
  const { data, epoch } = info
  const training =
    data !== undefined && datasetNames.includes(data) ? { classes: cifarClasses, mean: cifarMean, std: cifarStd } : {}
  return {
    model: name,
    modelOptions: JSON.stringify(options),
    inputSize: String(options.inputSize ?? 32),
    version,
    ...(data === undefined ? {} : { data }),
    ...(epoch === undefined ? {} : { epoch }),
    ...Object.fromEntries(Object.entries(training).map(([key, list]) => [key, JSON.stringify(list)])),
  }
}
