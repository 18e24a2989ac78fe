/**
 * The networks of the paper and their registry.
 * @module
 */
import '../setup.js'

export { GhostNet, type GhostNetOptions } from './ghostnet.js'
export type { GhostOptions, NetworkOptions } from './ghostOptions.js'
export type { ModelOptions, OptionName } from './options.js'
export { createModel, listModels, type ModelInfo } from './registry.js'
export { CifarResNet } from './resnet.js'
export { Vgg } from './vgg.js'
