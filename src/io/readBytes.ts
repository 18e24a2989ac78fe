import { readFileSync } from 'node:fs'
import { DataError } from '../tensor/errors.js'

/** The content of a file. @throws DataError if it cannot be read */
export function readBytes(file: string): Uint8Array {
  try {
    return readFileSync(file)
  } catch (error) {
    throw new DataError(`${file}: cannot be read (${(error as Error).message})`)
  }
}
