import { availableParallelism } from 'node:os'
import { decodeInto, type ImageSize } from '../decodeImage.js'
import type { BadImage, Entry, ImageTask } from './source.js'

export interface Decoded {
  /** For every entry whether its image is there. */
  isWhole: Uint8Array
  bad: BadImage[]
  /** The sizes that images had, by their place. */
  heights: Uint32Array
  widths: Uint32Array
  /** Images of more than 8 bits a channel. */
  deep: number
}

/** Decode images into their places, several at a time. An image that cannot be read is listed, and its place left as it is. */
export async function decodeAll(
  tasks: Iterable<ImageTask> | AsyncIterable<ImageTask>,
  entries: readonly Entry[],
  size: ImageSize,
  placeOf: (index: number) => Uint8Array,
  onImage: (done: number) => void,
): Promise<Decoded> {
  const count = entries.length
  const isWhole = new Uint8Array(count)
  const [heights, widths] = [new Uint32Array(count), new Uint32Array(count)]
  const failures = new Map<number, string>()
  let done = 0
  let deep = 0
  await inParallel(tasks, 2 * availableParallelism(), async ({ index, open }) => {
    try {
      const found = await decodeInto(placeOf(index), await open(), size)
      heights[index] = found.height
      widths[index] = found.width
      isWhole[index] = 1
      if (found.isDeep) deep++
    } catch (error) {
      failures.set(index, (error as Error).message)
    }
    onImage(++done)
  })
  const bad = entries.flatMap(({ name }, i) =>
    isWhole[i] ? [] : [{ name, reason: failures.get(i) ?? 'was not found' }],
  )
  return { isWhole, bad, heights, widths, deep }
}

/** Run `work` for every item, up to `limit` at a time. */
async function inParallel<T>(
  items: Iterable<T> | AsyncIterable<T>,
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = each(items)
  const worker = async (): Promise<void> => {
    for (let next = await queue.next(); !next.done; next = await queue.next()) await work(next.value)
  }
  await Promise.all(Array.from({ length: limit }, worker))
}

async function* each<T>(items: Iterable<T> | AsyncIterable<T>): AsyncGenerator<T> {
  yield* items
}
