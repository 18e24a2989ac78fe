import { z } from 'zod'
import { ConfigError } from '../../tensor/errors.js'
import { atLeastZero, fraction, oneOf, positive, text, whole, yesOrNo } from '../../train/fields.js'
import { type ConfigLayer, didYouMean } from '../../train/readConfig.js'
import { backboneNames } from '../models/backbones.js'

/** Everything that decides the training of a detector, with its default; a field's description is the help of its flag. */
export const detectFields = {
  detector: oneOf(['retinanet', 'faster-rcnn']).default('retinanet').describe('one stage or two'),
  backbone: oneOf(backboneNames).default('ghostnet').describe('network below the pyramid, by name'),
  width: positive()
    .optional()
    .describe('ghostnet and the mobile networks: factor on all numbers of channels (default: 1)'),
  s: whole(2).optional().describe('Ghost forms: maps made of each intrinsic one (default: 2)'),
  d: whole(1).optional().describe('Ghost forms: size of the cheap operation, pixels (default: 3)'),
  fpnChannels: whole(8).default(256).describe('channels of the pyramid and of the heads'),
  anchorScale: positive()
    .optional()
    .describe('side of the smallest anchor of a level, in strides (default: 4; faster-rcnn: 8)'),
  regionSamples: whole(8).default(512).describe('faster-rcnn: regions of an image that train the second stage'),
  hidden: whole(8).default(1024).describe('faster-rcnn: width of the hidden layers of the second stage'),
  init: text('a weights file or a run').optional().describe('weights of a detector to start from'),
  backboneWeights: text('a weights file or a run')
    .optional()
    .describe('weights of a classifier to start the backbone from'),
  norm: oneOf(['batch', 'frozen'])
    .default('batch')
    .describe('batch norms of the backbone: statistics of the batch, or those they came with'),
  data: text('a data set')
    .default('cifar10-scenes')
    .describe('cifar10-scenes, bccd, or a folder or archive in the form of COCO, PASCAL VOC or YOLO'),
  from: text('a folder or an archive').optional().describe('bccd: where it is'),
  dataDir: text('a folder')
    .optional()
    .describe("folder of unpacked data (default: GHOSTGRAD_CACHE, else the user's cache)"),
  imageSize: whole(32)
    .optional()
    .describe('longer side of the images, pixels (default: 128 for cifar10-scenes, else 320)'),
  batchSize: whole(1).default(8).describe('images a training step'),
  flip: yesOrNo().default(true).describe('mirror images left and right at random'),
  flipVertical: yesOrNo().default(false).describe('mirror images top and bottom at random'),
  zoom: yesOrNo().default(true).describe('scale images by 0.8 to 1.3 at random, and shift them'),
  epochs: whole(1).default(30).describe('passes over the training images'),
  maxSteps: whole(1).optional().describe('stop after this many steps, counted from the start of the run'),
  evalEvery: whole(1).default(1).describe('epochs between evaluations'),
  optimizer: oneOf(['sgd', 'adamw']).default('sgd').describe('rule of the update'),
  lr: positive().optional().describe('learning rate at its peak (default: 0.01 for sgd, 0.0005 for adamw)'),
  momentum: fraction().default(0.9).describe('sgd: momentum'),
  weightDecay: atLeastZero().default(1e-4).describe('weight decay'),
  clipNorm: atLeastZero().default(10).describe('scale the gradient down to this norm; 0: never'),
  warmupSteps: whole(0)
    .default(100)
    .describe('steps of rise to the peak of the learning rate, which then falls as a cosine'),
  seed: whole(0).default(0).describe('initial weights, order, augmentation and sampling follow from it'),
  backend: oneOf(['wasm', 'js']).default('wasm').describe('wasm: SIMD on all cores; js: plain TypeScript, slow'),
  threads: whole(1).optional().describe('threads of the wasm backend (default: one a core)'),
  out: text('a folder').optional().describe('folder of the run (default: runs/<detector>-<time>)'),
  logEvery: whole(1).default(10).describe('steps between logged steps'),
  saveEvery: whole(0).default(0).describe('steps between checkpoints within an epoch; 0: only at its end'),
} as const

export type DetectKey = keyof typeof detectFields

const schema = z.strictObject(detectFields).transform((config) => ({
  ...config,
  lr: config.lr ?? (config.optimizer === 'adamw' ? 5e-4 : 0.01),
  imageSize: config.imageSize ?? (config.data === 'cifar10-scenes' ? 128 : 320),
}))

/** A complete configuration: every default filled in. */
export type DetectConfig = z.output<typeof schema>

/**
 * One configuration from several places; later ones win.
 * @throws ConfigError that names the setting, what was expected and what came
 */
export function readDetectConfig(...layers: readonly ConfigLayer[]): DetectConfig {
  const merged: Record<string, unknown> = {}
  for (const { values, label } of layers) {
    for (const [key, value] of Object.entries(values)) {
      if (value === undefined) continue
      const field = Object.hasOwn(detectFields, key) ? detectFields[key as DetectKey] : null
      if (!field) {
        const known = Object.keys(detectFields)
        throw new ConfigError(`${label(key)}: unknown key${didYouMean(key, known)} known: ${known.join(', ')}`)
      }
      const issue = field.safeParse(value).error?.issues[0]
      if (issue) throw new ConfigError(`${label(key)}: ${issue.message}, got ${JSON.stringify(value)}`)
      merged[key] = value
    }
  }
  return schema.parse(merged)
}
