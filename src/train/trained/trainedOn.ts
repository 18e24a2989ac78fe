import { z } from 'zod'
import type { ShownSize } from '../../data/cropCentre.js'
import type { ImageDataset } from '../../data/dataset.js'
import type { ModelOptions } from '../../models/options.js'
import { DataError } from '../../tensor/errors.js'

/** What a network's inputs have to be, and what its outputs mean. */
export type InputFormat = Pick<ImageDataset, 'classes' | 'mean' | 'std'> & ShownSize

/** What a network is and what it was trained on: all that a use of its weights has to know. */
export interface TrainedOn extends InputFormat {
  /** A name that `createModel` knows, and its options. */
  model: string
  options: ModelOptions
  /** The data set, by name or path. */
  data?: string | undefined
  /** How images of the user's own were divided, if they were by seed. */
  testShare?: number | undefined
  splitSeed?: number | undefined
  /** Whether images that cannot be read were left out. */
  skipBad?: boolean | undefined
  /** The list of labels and the columns that were named, of images of the user's own. */
  labels?: string | undefined
  labelColumn?: string | undefined
  imageColumn?: string | undefined
  /** Epochs done. */
  epoch?: number | undefined
}

const json = <T>(schema: z.ZodType<T>) =>
  z.codec(z.string(), schema, {
    decode: (text, context) => {
      try {
        return JSON.parse(text)
      } catch {
        context.issues.push({ code: 'invalid_format', format: 'json', input: text, message: 'expected JSON' })
        return z.NEVER
      }
    },
    encode: (value) => JSON.stringify(value),
  })

const number = z.codec(z.string(), z.number(), { decode: Number, encode: String })
const yesOrNo = z.codec(z.string(), z.boolean(), { decode: (text) => text === 'true', encode: String })
const channels = z.array(z.number()).min(1)

/**
 * As a weights file keeps it, in metadata that are strings; each entry may be missing, as files come from elsewhere
 * too.
 */
const metadataCodec = z.object({
  model: z.string().optional(),
  modelOptions: json(z.record(z.string(), z.unknown())).optional(),
  data: z.string().optional(),
  classes: json(z.array(z.string()).min(1)).optional(),
  mean: json(channels).optional(),
  std: json(channels).optional(),
  inputSize: number.pipe(z.number().int().min(1).max(4096)).optional(),
  cropShare: number.pipe(z.number().gt(0).max(1)).optional(),
  testShare: number.optional(),
  splitSeed: number.optional(),
  skipBad: yesOrNo.optional(),
  labels: z.string().optional(),
  labelColumn: z.string().optional(),
  imageColumn: z.string().optional(),
  epoch: number.optional(),
})

/** What a file says; each entry may be missing. */
export type KnownFacts = z.output<typeof metadataCodec>

/** @param file names it in errors. @throws DataError if an entry is damaged */
export function decodeFacts(metadata: Readonly<Record<string, string>>, file: string): KnownFacts {
  const result = z.safeDecode(metadataCodec, metadata)
  if (result.success) return result.data
  const { path, message } = result.error.issues[0]!
  throw new DataError(`${file}: "${path.join('.')}" in its metadata is damaged (${message})`)
}

/** As metadata of a file; what is not known is left out. */
export function encodeFacts(facts: KnownFacts): Record<string, string> {
  const texts: Record<string, string> = {}
  for (const [key, text] of Object.entries(z.encode(metadataCodec, facts))) if (text !== undefined) texts[key] = text
  return texts
}

/** As metadata of a file; that images are shown whole is not said. */
export function encodeTrainedOn(trainedOn: TrainedOn): Record<string, string> {
  const { options, height, width: _, cropShare, classes, mean, std, ...rest } = trainedOn
  return encodeFacts({
    ...rest,
    ...{ classes: [...classes], mean: [...mean], std: [...std], modelOptions: { ...options }, inputSize: height },
    cropShare: cropShare === 1 ? undefined : cropShare,
  })
}
