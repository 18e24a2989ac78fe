import { XMLParser } from 'fast-xml-parser'
import { z } from 'zod'
import { DataError } from '../../tensor/errors.js'

/** An annotated image of PASCAL VOC, boxes (xmin, ymin, xmax, ymax) as written. */
export interface VocImage {
  width: number
  height: number
  objects: { name: string; box: [number, number, number, number]; isDifficult: boolean }[]
}

const vocSchema = z.object({
  annotation: z.object({
    size: z.object({ width: z.coerce.number(), height: z.coerce.number() }),
    object: z
      .array(
        z.object({
          name: z.coerce.string(),
          difficult: z.coerce.number().default(0),
          bndbox: z.object({
            xmin: z.coerce.number(),
            ymin: z.coerce.number(),
            xmax: z.coerce.number(),
            ymax: z.coerce.number(),
          }),
        }),
      )
      .default([]),
  }),
})

const parser = new XMLParser({ isArray: (_, path) => path === 'annotation.object', parseTagValue: false })

/**
 * The annotation of one image as PASCAL VOC writes it (http://host.robots.ox.ac.uk/pascal/VOC/voc2012/htmldoc/).
 * @throws DataError if it is not of this form
 */
export function parseVoc(file: string, xml: string): VocImage {
  let document: unknown
  try {
    document = parser.parse(xml, true)
  } catch (error) {
    throw new DataError(`${file}: cannot be read as XML (${(error as Error).message})`)
  }
  const parsed = vocSchema.safeParse(document)
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!
    throw new DataError(`${file}: not an annotation of PASCAL VOC: ${path.join('.')}: ${message}`)
  }
  const { size, object } = parsed.data.annotation
  return {
    ...size,
    objects: object.map(({ name, difficult, bndbox: { xmin, ymin, xmax, ymax } }) => ({
      name,
      box: [xmin, ymin, xmax, ymax],
      isDifficult: difficult === 1,
    })),
  }
}
