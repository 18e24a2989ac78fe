import type { PartialConfig } from '../train/config.js'

/**
 * How the rows are trained: settings of a run, the same for every row of a table. All have 128 images a step, momentum 0.9 and the
 * usual augmentation (4 pixels of padding and a crop, flips).
 */
export const recipes = {
  /**
   * He et al. 2015 (https://arxiv.org/abs/1512.03385, section 4.2), which the paper follows for ResNet-56: 64,000 iterations, a
   * tenth of the learning rate after 32,000 and 48,000. In whole epochs of 390 steps: 63,960, 31,980 and 47,970.
   */
  paper: {
    epochs: 164,
    batchSize: 128,
    optimizer: 'sgd',
    lr: 0.1,
    momentum: 0.9,
    weightDecay: 1e-4,
    schedule: 'multistep',
    milestones: [82, 123],
    augment: 'standard',
  },
  /**
   * What the authors recommended for Ghost-VGG-16 (https://github.com/iamhankai/ghostnet.pytorch/issues/7); of the weight decays
   * that they named, 1e-4 and 1e-5, the former.
   */
  authors: {
    epochs: 400,
    batchSize: 128,
    optimizer: 'sgd',
    lr: 0.1,
    momentum: 0.9,
    weightDecay: 1e-4,
    schedule: 'multistep',
    milestones: [200, 300, 375],
    augment: 'standard',
  },
  /** Ours, for a machine of two cores. */
  fast: {
    epochs: 10,
    batchSize: 128,
    optimizer: 'sgd',
    lr: 0.1,
    momentum: 0.9,
    nesterov: true,
    weightDecay: 5e-4,
    schedule: 'cosine',
    warmupEpochs: 1,
    augment: 'standard',
  },
} satisfies Record<string, PartialConfig>

/** How networks are trained, by name. */
export type RecipeName = keyof typeof recipes

/** The names of all recipes. */
export const recipeNames = Object.keys(recipes) as RecipeName[]
