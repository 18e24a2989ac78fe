import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { DataError } from '../tensor/errors.js'
import { type NamedBytes, tarEntries } from './archive.js'
import { statOrNull } from './cache.js'
import { recordsFromPickle } from './cifarPython.js'

/** Where the official archives keep their files. */
const folders = ['.', 'cifar-10-batches-bin', 'cifar-10-batches-py']

/**
 * The records of the needed files (`data_batch_1.bin` …) from a local copy of the binary or the Python version: the .tar.gz or
 * the folder it unpacks to.
 * @throws DataError if there is nothing at `path`, or nothing of CIFAR-10 in it
 */
export async function* localFiles(path: string, needed: ReadonlySet<string>): AsyncGenerator<NamedBytes> {
  const info = await statOrNull(path)
  if (info === null) throw new DataError(`${path}: no such file or folder`)
  const recordFile = (name: string) => (name.endsWith('.bin') ? name : `${name}.bin`)
  const wanted = (name: string) => needed.has(recordFile(name))
  const missing = new Set(needed)
  for await (const { name, bytes } of info.isDirectory() ? folderEntries(path, needed) : tarEntries(path, wanted)) {
    const records = name.endsWith('.bin') ? bytes : recordsFromPickle(join(path, name), bytes)
    missing.delete(recordFile(name))
    yield { name: recordFile(name), bytes: records }
  }
  if (missing.size > 0) {
    throw new DataError(
      `${path}: expected CIFAR-10's binary or Python version, but ${[...missing].join(', ')} (or the same without .bin) ` +
        `${missing.size === 1 ? 'is' : 'are'} not in it`,
    )
  }
}

async function* folderEntries(folder: string, needed: ReadonlySet<string>): AsyncGenerator<NamedBytes> {
  for (const name of needed) {
    const candidates = folders.flatMap((sub) => [join(folder, sub, name), join(folder, sub, basename(name, '.bin'))])
    for (const path of candidates) {
      if (!(await statOrNull(path))?.isFile()) continue
      yield { name: basename(path), bytes: await readFile(path) }
      break
    }
  }
}
