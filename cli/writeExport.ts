import { extname } from 'node:path'
import { writeFileAtomic } from '../src/io/atomic.js'
import { type ExportFormat, type ExportOptions, exportModel, factsFile } from '../src/train/exportModel.js'
import type { LoadedModel } from '../src/train/trained/openTrained.js'

/**
 * Write a model; beside a format without room for it, what the file says of itself. @returns the bytes written, and the
 * file beside
 */
export function writeExport(
  loaded: LoadedModel,
  out: string,
  format: ExportFormat,
  options: ExportOptions,
): { bytes: number; beside: string | null } {
  const content = exportModel(loaded, format, options)
  writeFileAtomic(out, content)
  if (format === 'onnx' || format === 'safetensors') return { bytes: content.length, beside: null }
  const beside = `${out.slice(0, out.length - extname(out).length)}.json`
  writeFileAtomic(beside, factsFile(loaded, options.data))
  return { bytes: content.length, beside }
}
