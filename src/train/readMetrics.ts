import { createReadStream, existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseStream } from 'fast-csv'
import { DataError } from '../tensor/errors.js'
import type { EpochRecord } from './logs.js'
import { runFiles } from './weights.js'

/** The epochs of a run, from the log in its folder. @throws DataError if there is none, or none was finished */
export async function readMetrics(folder: string): Promise<EpochRecord[]> {
  const path = join(folder, runFiles.metrics)
  if (!existsSync(path))
    throw new DataError(`${folder}: expected the folder of a run, there is no ${runFiles.metrics} in it`)
  const records: EpochRecord[] = []
  for await (const row of parseStream<Record<string, string>, Record<string, string>>(createReadStream(path), {
    headers: true,
  })) {
    const numbers = Object.entries(row).map(([key, text]) => [key, text === '' ? null : Number(text)] as const)
    if (numbers.some(([, value]) => Number.isNaN(value)))
      throw new DataError(`${path}: expected numbers, got ${Object.values(row)}`)
    records.push(Object.fromEntries(numbers) as unknown as EpochRecord)
  }
  if (records.length === 0) throw new DataError(`${path}: no epoch of this run is finished yet`)
  return records
}
