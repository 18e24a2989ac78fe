import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { DataError } from '../../tensor/errors.js'
import { type BadBox, checkBoxes, type DetectionSet, type RawBox } from './detectionData.js'

/** What is read of COCO's annotations (https://cocodataset.org/#format-data). */
const cocoSchema = z.object({
  images: z.array(z.object({ id: z.number(), file_name: z.string(), width: z.number(), height: z.number() })),
  annotations: z.array(
    z.object({
      image_id: z.number(),
      category_id: z.number(),
      bbox: z.array(z.number()),
      area: z.number().optional(),
      iscrowd: z.number().optional(),
    }),
  ),
  categories: z.array(z.object({ id: z.number(), name: z.string() })),
})

/**
 * Images and boxes of a COCO file, images in the order of their ids, classes in that of theirs.
 * @param file `instances_*.json`
 * @param folder with the images
 * @throws DataError if the file is not of this form
 */
export async function readCoco(file: string, folder: string): Promise<DetectionSet> {
  const parsed = cocoSchema.safeParse(await readJson(file))
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!
    throw new DataError(`${file}: not a COCO file: ${path.join('.')}: ${message}`)
  }
  const { images, annotations, categories } = parsed.data
  const bad: BadBox[] = []
  const known = [...categories].sort((a, b) => a.id - b.id)
  const labelOf = new Map(known.map(({ id }, label) => [id, label]))
  const boxesOf = new Map<number, RawBox[]>(images.map(({ id }) => [id, []]))
  for (const { image_id, category_id, bbox, area, iscrowd } of annotations) {
    const label = labelOf.get(category_id)
    const list = boxesOf.get(image_id)
    if (label === undefined || !list) {
      const what = list ? `category ${category_id}` : `image ${image_id}`
      bad.push({ image: String(image_id), reason: `an annotation is of ${what}, which the file does not list` })
      continue
    }
    const [x, y, width, height] = bbox as [number, number, number, number]
    list.push({ box: [x, y, x + width, y + height], label, area, isCrowd: iscrowd === 1 })
  }
  return {
    name: file,
    classes: known.map(({ name }) => name),
    bad,
    images: [...images]
      .sort((a, b) => a.id - b.id)
      .map(({ id, file_name: name, width, height }) => ({
        ...{ id, name, width, height },
        open: () => readFile(join(folder, name)),
        ...checkBoxes({ name, width, height }, boxesOf.get(id)!, bad),
      })),
  }
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'))
  } catch (error) {
    throw new DataError(`${file}: cannot be read as JSON (${(error as Error).message})`)
  }
}
