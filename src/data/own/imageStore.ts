import { createHash } from 'node:crypto'
import { type FileHandle, open, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { z } from 'zod'
import { makeCacheFolder } from '../cache.js'
import { sharedBytes, sharedLabels } from '../dataset.js'

/**
 * Decoded images in the cache: a line of JSON, then the labels (16 bits each), then the images, those for training first, then those for
 * validation. Written whole or not at all, and read only if every byte is as it was.
 */
export interface StoredImages {
  facts: Facts
  labels: Uint16Array
  images: Uint8Array
}

const pair = z.tuple([z.number(), z.number()])

const factsSchema = z.object({
  format: z.literal(2),
  /** What the images were made from and how. */
  key: z.string(),
  count: z.number().int().min(0),
  trainCount: z.number().int().min(0),
  valCount: z.number().int().min(0),
  height: z.number().int().min(1),
  width: z.number().int().min(1),
  mean: z.array(z.number()),
  std: z.array(z.number()),
  bad: z.array(z.object({ name: z.string(), reason: z.string() })),
  /** Width and height that the images had: the smallest, the one in the middle and the largest, by area. */
  sizes: z.tuple([pair, pair, pair]).nullable(),
  /** What the user should know of the decoding. */
  notes: z.array(z.string()),
  /** Of labels and images. */
  digest: z.string(),
})

export type Facts = z.output<typeof factsSchema>

const maxHeadBytes = 64e6
/** At a time. */
const pieceBytes = 64 * 2 ** 20

export function digestOf(labels: Uint16Array, images: Uint8Array): string {
  const hash = createHash('sha256').update(labels)
  for (let at = 0; at < images.length; at += pieceBytes) hash.update(images.subarray(at, at + pieceBytes))
  return hash.digest('hex')
}

/** null if there is nothing of this key, or it is not as it was written. */
export async function readImages(path: string, key: string): Promise<StoredImages | null> {
  let file: FileHandle
  try {
    file = await open(path)
  } catch {
    return null
  }
  try {
    return await readOpen(file, key)
  } catch {
    return null // damaged: it is made again
  } finally {
    await file.close()
  }
}

async function readOpen(file: FileHandle, key: string): Promise<StoredImages | null> {
  const { size } = await file.stat()
  const prefix = Buffer.alloc(8)
  await file.read(prefix, 0, 8, 0)
  const headBytes = Number(prefix.readBigUInt64LE())
  if (headBytes > Math.min(maxHeadBytes, size)) return null
  const head = Buffer.alloc(headBytes)
  await file.read(head, 0, headBytes, 8)
  const facts = factsSchema.parse(JSON.parse(head.toString()))
  const imageBytes = facts.count * 3 * facts.height * facts.width
  if (facts.key !== key || size !== 8 + headBytes + 2 * facts.count + imageBytes) return null
  const labels = sharedLabels(facts.count)
  const images = sharedBytes(imageBytes)
  await readInto(file, bytesOf(labels), 8 + headBytes)
  await readInto(file, images, 8 + headBytes + labels.byteLength)
  return digestOf(labels, images) === facts.digest ? { facts, labels, images } : null
}

async function readInto(file: FileHandle, target: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < target.length; at += pieceBytes) {
    const length = Math.min(pieceBytes, target.length - at)
    await file.read(target, at, length, position + at)
  }
}

/** Put images under `path`. */
export async function writeImages(path: string, { facts, labels, images }: StoredImages): Promise<void> {
  await makeCacheFolder(dirname(path))
  const temporary = `${path}.part-${process.pid}`
  try {
    const file = await open(temporary, 'w')
    try {
      const head = Buffer.from(`${JSON.stringify(facts)}\n`)
      const prefix = Buffer.alloc(8)
      prefix.writeBigUInt64LE(BigInt(head.length))
      await file.writev([prefix, head, bytesOf(labels)])
      for (let at = 0; at < images.length; at += pieceBytes) await file.writeFile(images.subarray(at, at + pieceBytes))
      await file.datasync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

/** Away with what older versions of the same images left: files whose names begin as this one's, up to the first hyphen. */
export async function removeOlder(path: string): Promise<void> {
  const [own, folder] = [basename(path), dirname(path)]
  const kin = own.slice(0, own.indexOf('-') + 1)
  for (const name of await readdir(folder)) {
    if (name.startsWith(kin) && name !== own && !name.includes('.part-')) await rm(join(folder, name), { force: true })
  }
}

const bytesOf = (labels: Uint16Array): Uint8Array => new Uint8Array(labels.buffer, labels.byteOffset, labels.byteLength)
