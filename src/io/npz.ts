import { DataError } from '../tensor/errors.js'
import type { FileArray } from './fileArray.js'
import { decodeNpy, encodeNpy } from './npy.js'
import { ZipReader } from './zip/read.js'
import { writeZip } from './zip/write.js'

const ending = '.npy'

/** Whether all entries of a zip archive are arrays. */
export const isNpz = (zip: ZipReader): boolean =>
  zip.names.length > 0 && zip.names.every((name) => name.endsWith(ending))

/**
 * The arrays in a file of `numpy.savez` or `numpy.savez_compressed` by name.
 * @param file names the file in errors
 * @throws DataError if the file is damaged, or holds something else
 */
export function decodeNpz(bytes: Uint8Array, file: string): Record<string, FileArray> {
  const zip = new ZipReader(bytes, file)
  if (!isNpz(zip)) throw new DataError(`${file}: expected entries *.npy alone, got ${zip.names.slice(0, 5).join(', ')}`)
  const arrays = zip.names.map((name) => {
    return [name.slice(0, -ending.length), decodeNpy(zip.read(name), `${file}: ${name}`)] as const
  })
  return Object.fromEntries(arrays)
}

/** The bytes of a file that `numpy.load` reads, not compressed, as `numpy.savez` writes it. */
export const encodeNpz = (arrays: Readonly<Record<string, FileArray>>): Uint8Array =>
  writeZip(Object.entries(arrays).map(([name, array]) => [name + ending, encodeNpy(array)]))
