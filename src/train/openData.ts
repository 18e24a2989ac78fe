import { type DatasetOptions, datasetNames, type LoadedData, loadDataset } from '../data/loadDataset.js'
import type { RunConfig } from './config.js'

/** The settings that say which images there are. */
export const dataKeys = ['data', 'dataDir', 'offline', 'imageSize', 'testShare', 'splitSeed', 'skipBad'] as const

type DataSettings = Pick<RunConfig, (typeof dataKeys)[number]>

export const isOwnData = (data: string): boolean => !datasetNames.includes(data)

/** The data set that a configuration names. */
export function openData({ data, ...settings }: DataSettings, more: DatasetOptions = {}): Promise<LoadedData> {
  const { dataDir, offline, imageSize, testShare, splitSeed, skipBad } = settings
  const given = Object.entries({ dataDir, offline, imageSize, testShare, splitSeed, skipBad })
  return loadDataset(data, { ...Object.fromEntries(given.filter(([, value]) => value !== undefined)), ...more })
}
