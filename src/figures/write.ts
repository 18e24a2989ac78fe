import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { writeFileAtomic } from '../io/atomic.js'
import { DataError } from '../tensor/errors.js'

/** Pixels of the PNG for each of the SVG. */
const scale = 2

/**
 * Write a figure as `<path>.svg` and, drawn by sharp, as `<path>.png`.
 * @returns the files written
 * @throws DataError if they cannot be, or if the present build of sharp draws no text (its WebAssembly one)
 */
export async function writeFigure(path: string, svg: string): Promise<string[]> {
  const files = [`${path}.svg`, `${path}.png`]
  mkdirSync(dirname(path), { recursive: true })
  writeFileAtomic(files[0]!, svg)
  const { default: sharp } = await import('sharp')
  if (!('pango' in sharp.versions)) {
    throw new DataError(`${files[1]}: this build of sharp draws no text; ${files[0]} is written and whole`)
  }
  const drawing = sharp(Buffer.from(svg), { density: 72 * scale }).png({ compressionLevel: 9 })
  writeFileAtomic(files[1]!, await drawing.toBuffer())
  return files
}
