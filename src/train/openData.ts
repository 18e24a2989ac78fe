import type { DatasetSplits } from '../data/cifar10.js'
import { type DatasetOptions, loadDataset } from '../data/loadDataset.js'
import type { RunConfig } from './config.js'

/** The settings that say which images there are. */
export const dataKeys = ['data', 'dataDir', 'offline', 'imageSize', 'testShare', 'splitSeed', 'skipBad'] as const

type DataSettings = Pick<RunConfig, (typeof dataKeys)[number]>

/** The data set that a configuration names. */
export function openData({ data, ...settings }: DataSettings, more: DatasetOptions = {}): Promise<DatasetSplits> {
  const { dataDir, offline, imageSize, testShare, splitSeed, skipBad } = settings
  const given = Object.entries({ dataDir, offline, imageSize, testShare, splitSeed, skipBad })
  return loadDataset(data, { ...Object.fromEntries(given.filter(([, value]) => value !== undefined)), ...more })
}
