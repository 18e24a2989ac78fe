import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'
import { parse } from 'yaml'
import { DataError } from '../../tensor/errors.js'
import { readCoco } from './coco.js'
import {
  type BadBox,
  checkBoxes,
  type DetectionSet,
  type DetectionSplits,
  type LabelledImage,
} from './detectionData.js'
import { imageSizeOf } from './imageSize.js'
import { parseVoc } from './voc.js'
import { parseYolo } from './yolo.js'

const isImage = (name: string): boolean => /\.(jpe?g|png|webp|bmp|tiff?)$/i.test(name)

const listed = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder).sort() : [])

/**
 * Images with boxes from a folder, of whichever form its content has:
 * - COCO: `annotations/instances_train*.json` and `instances_val*.json`, images in `train*` and `val*`
 * - PASCAL VOC: `Annotations/*.xml`, `JPEGImages`, `ImageSets/Main/trainval.txt` and `test.txt`
 * - YOLO: `images/train`, `images/val`, `labels/train`, `labels/val`, classes in `data.yaml` or `classes.txt`
 * @throws DataError if it has none of these forms
 */
export async function readDetectionFolder(folder: string): Promise<DetectionSplits> {
  if (listed(join(folder, 'Annotations')).some((name) => name.endsWith('.xml'))) return readVocFolder(folder)
  const json = listed(join(folder, 'annotations')).filter((name) => /^instances_.*\.json$/.test(name))
  if (json.length > 0) return readCocoFolder(folder, json)
  if (existsSync(join(folder, 'labels'))) return readYoloFolder(folder)
  const inner = listed(folder).filter((name) => existsSync(join(folder, name, 'Annotations')))
  if (inner.length === 1) return readDetectionFolder(join(folder, inner[0]!))
  throw new DataError(
    `${folder}: expected COCO (annotations/instances_*.json), PASCAL VOC (Annotations/*.xml) or YOLO (images, labels), found none of them`,
  )
}

async function readCocoFolder(folder: string, files: readonly string[]): Promise<DetectionSplits> {
  const read = (part: string): Promise<DetectionSet> => {
    const file = files.find((name) => name.startsWith(`instances_${part}`))
    if (!file) throw new DataError(`${folder}: there is no annotations/instances_${part}*.json`)
    return readCoco(join(folder, 'annotations', file), join(folder, basename(file, '.json').slice('instances_'.length)))
  }
  return { train: await read('train'), test: await read('val') }
}

async function readVocFolder(folder: string): Promise<DetectionSplits> {
  const names = (part: string): string[] => {
    const file = join(folder, 'ImageSets', 'Main', `${part}.txt`)
    if (!existsSync(file)) throw new DataError(`${folder}: there is no ImageSets/Main/${part}.txt`)
    return readFileSync(file, 'utf8').split(/\s+/).filter(Boolean)
  }
  const read = (part: string) =>
    names(part).map((name) => {
      const file = join(folder, 'Annotations', `${name}.xml`)
      if (!existsSync(file))
        throw new DataError(`${folder}: ImageSets/Main/${part}.txt names ${name}, but there is no ${file}`)
      return { name, ...parseVoc(file, readFileSync(file, 'utf8')) }
    })
  const parts = { train: read('trainval'), test: read('test') }
  const objects = [...parts.train, ...parts.test].flatMap((image) => image.objects)
  const classes = [...new Set(objects.map(({ name }) => name))].sort()
  const setOf = (part: 'train' | 'test'): DetectionSet => {
    const bad: BadBox[] = []
    const images = parts[part].map(({ name, width, height, objects }, id): LabelledImage => {
      const raw = objects.map(({ name, box, isDifficult }) => {
        return { box, label: classes.indexOf(name), isCrowd: isDifficult }
      })
      const file = join(folder, 'JPEGImages', `${name}.jpg`)
      return {
        ...{ id, name, width, height },
        open: () => readFile(file),
        ...checkBoxes({ name, width, height }, raw, bad),
      }
    })
    return { name: `${folder}/${part}`, images, classes, bad }
  }
  return { train: setOf('train'), test: setOf('test') }
}

async function readYoloFolder(folder: string): Promise<DetectionSplits> {
  const classes = yoloClasses(folder)
  const read = async (part: string): Promise<DetectionSet> => {
    const bad: BadBox[] = []
    const images: LabelledImage[] = []
    for (const [id, name] of listed(join(folder, 'images', part))
      .filter(isImage)
      .entries()) {
      const file = join(folder, 'images', part, name)
      const size = await imageSizeOf(file)
      const labels = join(folder, 'labels', part, `${basename(name, extname(name))}.txt`)
      const text = existsSync(labels) ? readFileSync(labels, 'utf8') : ''
      const raw = parseYolo({ name, ...size }, text, classes.length, bad)
      images.push({ ...{ id, name }, ...size, open: () => readFile(file), ...checkBoxes({ name, ...size }, raw, bad) })
    }
    if (images.length === 0) throw new DataError(`${folder}: there are no images in images/${part}`)
    return { name: `${folder}/${part}`, images, classes, bad }
  }
  return { train: await read('train'), test: await read('val') }
}

function yoloClasses(folder: string): string[] {
  const list = join(folder, 'classes.txt')
  if (existsSync(list)) return readFileSync(list, 'utf8').split(/\r?\n/).filter(Boolean)
  const yaml = join(folder, 'data.yaml')
  const names: unknown = existsSync(yaml)
    ? (parse(readFileSync(yaml, 'utf8')) as { names?: unknown } | null)?.names
    : null
  if (names === null || typeof names !== 'object') {
    throw new DataError(`${folder}: expected the names of the classes in classes.txt, or as names in data.yaml`)
  }
  return Object.values(names as Record<string, unknown>).map(String)
}
