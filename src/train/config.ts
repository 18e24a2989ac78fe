import { z } from 'zod'
import { SHUFFLE_GROUPS } from '../models/options.js'
import { listModels } from '../models/registry.js'
import {
  atLeastOnes,
  atLeastZero,
  augmentation,
  classWeights,
  fraction,
  increasing,
  oddWhole,
  oneOf,
  oneOfNumbers,
  positive,
  share,
  text,
  texts,
  three,
  threePositive,
  whole,
  yesOrNo,
} from './fields.js'
import { optimizerNames, paramGroups, scheduleNames } from './paramGroups.js'
import { testAugmentations } from './testAugmentation.js'

/**
 * Everything that decides a training run, with its default. One schema for the flags of the command line, for YAML files, for the
 * library and for the configuration inside a checkpoint; a field's description is also the help of its flag.
 */
export const configGroups = {
  Model: {
    model: oneOf(listModels().map(({ name }) => name))
      .default('ghost-resnet20')
      .describe('network, by name (see: ghostgrad models)'),
    s: whole(2).optional().describe('Ghost forms: maps made of each intrinsic one (default: 2)'),
    d: oddWhole().optional().describe('Ghost forms: size of the cheap operation, pixels (default: 3)'),
    ghostFirst: yesOrNo().optional().describe('Ghost forms: replace the first convolution too'),
    channels: atLeastOnes()
      .optional()
      .describe(
        'vgg16: output channels of each convolution; resnets: of the first one of each block, as in pruned networks; speednet: of each group',
      ),
    width: positive()
      .optional()
      .describe('ghostnet and the mobile networks: factor on all numbers of channels (default: 1)'),
    groups: oneOfNumbers(SHUFFLE_GROUPS)
      .optional()
      .describe('shufflenetv1: groups of its 1×1 convolutions (default: 3)'),
    dropout: fraction().optional().describe('ghostnet: probability of dropout before the classifier (default: 0)'),
  },
  'Fine-tuning': {
    init: text('a weights file or a run')
      .optional()
      .describe(
        'weights to start from: the folder of a run, or a file (safetensors, pth, npz); if it names its model, of that. A classifier for other classes starts anew',
      ),
    whiten: yesOrNo()
      .default(false)
      .describe('have the first convolution whiten patches of the training images, and train only its bias'),
    freeze: texts('patterns for names of parameters')
      .optional()
      .describe(
        "parameters that are not trained, by patterns such as 'layer1.*'; '*,!fc.*': all but fc. Batch norms frozen so keep their statistics",
      ),
  },
  Data: {
    data: text('a data set')
      .default('cifar10')
      .describe(
        'cifar10, cifar100, cifar10-sample, or the path of your own: a folder or an archive of images, files of a known set, parquet, npy, npz, CSV',
      ),
    labels: text('a file')
      .optional()
      .describe('own data: a list of labels for the images (CSV, TSV, text or JSON Lines)'),
    labelColumn: text('the name of a column').optional().describe('own data: the column of labels'),
    imageColumn: text('the name of a column').optional().describe('own data: the column of images or of their paths'),
    imageSize: whole(8).optional().describe('own data: height and width of the images, pixels (default: 32)'),
    testShare: share().default(0.2).describe('own data without a test part: share of the images for it'),
    splitSeed: whole(0).default(0).describe('own data without a test part: the choice follows from it'),
    skipBad: yesOrNo().default(false).describe('own data: go on without images that cannot be read'),
    mean: three()
      .optional()
      .describe('mean of each channel, of pixels as x / 255 (default: that of the weights, else of the data)'),
    std: threePositive().optional().describe('standard deviation of each channel, likewise'),
    dataDir: text('a folder')
      .optional()
      .describe("folder of the data (default: GHOSTGRAD_CACHE, else the user's cache)"),
    offline: yesOrNo().default(false).describe('never use the network to get data'),
    batchSize: whole(1).default(128).describe('images a training step'),
    evalBatchSize: whole(1).default(200).describe('images at a time in evaluation'),
    order: oneOf(['shuffle', 'sequential']).default('shuffle').describe('order of the training images in an epoch'),
    dropLast: yesOrNo().default(true).describe('leave out a last training batch that is not full'),
  },
  Augmentation: {
    augment: augmentation()
      .default('standard')
      .describe(
        'none; crop: of 4 pixels of padding; standard: that, and one image in two mirrored; cutout: those, and a masked square of 16 pixels; rand-m9-n2: those of standard, and RandAugment with magnitude 9 (of 10) and 2 operations an image; translate-p2: crop of 2 pixels of reflected padding, flip; translate-p2-alternate: that, but flipped every second epoch',
      ),
    mixup: positive()
      .optional()
      .describe('α of mixup: images are blended with others of their batch, and so are their labels (usual: 0.2)'),
    cutmix: positive()
      .optional()
      .describe(
        "α of CutMix: a box of each image comes from another one (usual: 1). With mixup: each batch one's turn",
      ),
  },
  Validation: {
    valSplit: share()
      .optional()
      .describe('share of the training images held out, alike in each class; epochs are then judged by these'),
    monitor: oneOf(['accuracy', 'loss'])
      .optional()
      .describe('what the best epoch is the best in, on validation images, else on test images (default: accuracy)'),
    evalEvery: whole(1).default(1).describe('epochs from one evaluation to the next; the last epoch has one too'),
    tta: oneOf(testAugmentations)
      .default('none')
      .describe(
        'evaluate once more at the end, by mean logits: flip: with mirror images; translate: with both moved, too',
      ),
    patience: whole(1).optional().describe('stop when so many epochs have brought nothing better'),
  },
  Optimization: {
    epochs: whole(1).default(30).describe('passes over the training images'),
    maxSteps: whole(1).optional().describe('stop after this many steps, counted from the start of the run'),
    optimizer: oneOf(optimizerNames)
      .default('sgd')
      .describe('rule of the update; muon: for the weights of convolutions, and sgd for the rest'),
    lr: positive()
      .optional()
      .describe('learning rate at its peak (default: 0.1 for sgd, 0.001 for adamw, 0.02 for muon)'),
    momentum: fraction().default(0.9).describe('sgd, muon: momentum'),
    nesterov: yesOrNo().optional().describe("sgd, muon: Nesterov's momentum (default: with muon)"),
    nsSteps: whole(1).default(3).describe('muon: Newton-Schulz steps'),
    normalizeFilters: yesOrNo().default(false).describe('muon: scale the weights of a layer to the norm √outputs'),
    paramGroups: paramGroups()
      .optional()
      .describe(
        'parameters trained otherwise: patterns for their names, then settings, such as "*.bias optimizer=sgd lr=0.05 epochs=3"; of several that fit a name the last counts',
      ),
    weightDecay: atLeastZero().default(5e-4).describe('weight decay (decoupled from the gradient in adamw)'),
    decayExempt: oneOf(['none', 'norm-and-bias']).default('none').describe('parameters that do not decay'),
    syncBn: yesOrNo()
      .default(false)
      .describe('with --distributed: batch norm over the batch of all processes, not over the share of each'),
    labelSmoothing: fraction().default(0).describe('share of the target spread evenly over all classes'),
    classWeights: classWeights()
      .optional()
      .describe('what each class counts in the loss: balanced (by rarity), a list, or a file with one number a class'),
    accumulate: whole(1)
      .optional()
      .describe('batches that together make a step, as one batch of all their images would (default: 1)'),
    clipNorm: atLeastZero().default(0).describe('scale the gradient down to this norm; 0: never'),
    ema: fraction()
      .default(0)
      .describe(
        'decay a step of an average of the weights, which is then evaluated; it begins at 0.1 and rises to this; 0: off',
      ),
    lookahead: fraction()
      .default(0)
      .describe('every fifth step go back to slow weights; decay of these a step at the end (usual: 0.95); 0: off'),
  },
  Schedule: {
    schedule: oneOf(scheduleNames).default('cosine').describe('course of the learning rate'),
    warmupEpochs: atLeastZero().default(0).describe('epochs of rise to the peak (onecycle: 0 is 30 % of all)'),
    milestones: increasing().default([]).describe('multistep: epochs after which the rate is multiplied by gamma'),
    gamma: positive().default(0.1).describe('multistep: factor'),
    minLr: atLeastZero().default(0).describe('cosine, linear: learning rate at the end'),
  },
  Run: {
    seed: whole(0).default(0).describe('initial weights, order, augmentation and dropout follow from it'),
    backend: oneOf(['wasm', 'js']).default('wasm').describe('wasm: SIMD on all cores; js: plain TypeScript, slow'),
    threads: whole(1).optional().describe('threads of the wasm backend (default: one a core)'),
    out: text('a folder').optional().describe('folder of the run (default: runs/<model>-<time>)'),
    tensorboard: yesOrNo()
      .default(false)
      .describe('write an event file of TensorBoard too: curves, histograms, images'),
    logEvery: whole(1).default(10).describe('steps between logged steps'),
    fastDevRun: yesOrNo()
      .optional()
      .describe(
        'try everything out: one step, one batch of evaluation, one checkpoint; kept only in a folder given by out',
      ),
    overfitBatches: whole(1)
      .optional()
      .describe(
        'train on the images of so many steps alone, without augmentation, and be judged by them: can it learn?',
      ),
    saveEvery: whole(0).default(0).describe('steps between checkpoints within an epoch; 0: only at its end'),
  },
} as const

/** Every field by its name. */
export const configFields = {
  ...configGroups.Model,
  ...configGroups['Fine-tuning'],
  ...configGroups.Data,
  ...configGroups.Augmentation,
  ...configGroups.Validation,
  ...configGroups.Optimization,
  ...configGroups.Schedule,
  ...configGroups.Run,
}

export type ConfigKey = keyof typeof configFields

export const configKeys = Object.keys(configFields) as ConfigKey[]

/** Learning rates, where none is given. */
export const defaultLrs = { sgd: 0.1, adamw: 0.001, muon: 0.02 } as const

/** Checks a configuration and fills in its defaults (a schema of zod). */
export const runSchema = z.strictObject(configFields).transform((config) => ({
  ...config,
  ...(config.fastDevRun ? { epochs: 1 } : {}),
  lr: config.lr ?? defaultLrs[config.optimizer],
  nesterov: config.nesterov ?? config.optimizer === 'muon',
}))

/** A complete configuration: every default filled in. */
export type RunConfig = z.output<typeof runSchema>

/** Some settings, as a user gives them. */
export type PartialConfig = z.input<typeof runSchema>
