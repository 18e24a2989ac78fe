import { type DatasetOptions, datasetNames, type LoadedData, loadDataset } from '../data/loadDataset.js'
import type { RunConfig } from './config.js'

/** The settings that say which images there are. */
export const dataKeys = [
  ...(['data', 'dataDir', 'offline', 'imageSize', 'testShare', 'splitSeed', 'skipBad'] as const),
  ...(['labels', 'labelColumn', 'imageColumn'] as const),
] as const

type DataSettings = Pick<RunConfig, (typeof dataKeys)[number]>

export const isOwnData = (data: string): boolean => !datasetNames.includes(data)

/** The data set that a configuration names. */
export function openData({ data, ...settings }: DataSettings, more: DatasetOptions = {}): Promise<LoadedData> {
  const given = dataKeys.flatMap((key) => {
    const value = key === 'data' ? undefined : settings[key]
    return value === undefined ? [] : [[key, value] as const]
  })
  return loadDataset(data, { ...Object.fromEntries(given), ...more })
}
