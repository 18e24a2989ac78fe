import { sharedBytes, sharedLabels } from '../dataset.js'
import type { ImageSize } from '../decodeImage.js'
import type { OnProgress } from '../progress.js'
import { decodeAll } from './decodeAll.js'
import { digestOf, type StoredImages } from './imageStore.js'
import { type Source, type Split, splitNames } from './source.js'
import { channelStatistics } from './statistics.js'

export interface DecodePlan {
  labels: Uint16Array
  splits: Split[]
  size: ImageSize
  key: string
}

/** Every image of a source, those for training first. */
export async function decodeSource(
  path: string,
  source: Source,
  plan: DecodePlan,
  onProgress: OnProgress,
): Promise<StoredImages> {
  const { entries } = source
  const { size, splits, key } = plan
  const length = 3 * size.height * size.width
  const order = splitNames.flatMap((split) => [...entries.keys()].filter((index) => splits[index] === split))
  const places = new Int32Array(entries.length)
  for (const [place, index] of order.entries()) places[index] = place
  const images = sharedBytes(entries.length * length)
  const placeOf = (index: number) => images.subarray(places[index]! * length, (places[index]! + 1) * length)
  const { isWhole, bad, heights, widths, deep } = await decodeAll(source.images(), entries, size, placeOf, (done) => {
    if (done % 50 !== 0) return
    onProgress({ stage: 'decode', message: `decoding images of ${path}: ${done} of ${entries.length}` })
  })
  const whole = order.filter((index) => isWhole[index])
  const labels = sharedLabels(whole.length)
  for (const [place, index] of whole.entries()) {
    labels[place] = plan.labels[index]!
    images.copyWithin(place * length, places[index]! * length, (places[index]! + 1) * length)
  }
  const kept = images.subarray(0, whole.length * length)
  const countOf = (split: Split): number => whole.filter((index) => splits[index] === split).length
  const trainCount = countOf('train')
  const measured = kept.subarray(0, (trainCount || whole.length) * length)
  const facts = {
    ...{ format: 2 as const, key, count: whole.length, trainCount, valCount: countOf('val'), ...size, bad },
    ...channelStatistics(measured, 3, size.height * size.width),
    sizes: sizeRange(whole.map((index) => [widths[index]!, heights[index]!])),
    notes: deep > 0 ? [`${deep} images have 16 bits a channel, of which the upper 8 are kept`] : [],
    digest: digestOf(labels, kept),
  }
  return { facts, labels, images: kept }
}

function sizeRange(sizes: [number, number][]): StoredImages['facts']['sizes'] {
  if (sizes.length === 0) return null
  sizes.sort((a, b) => a[0] * a[1] - b[0] * b[1] || a[0] - b[0])
  return [sizes[0]!, sizes[sizes.length >> 1]!, sizes.at(-1)!]
}
