/**
 * Layers, blocks and losses, and the module class that they extend.
 * @module
 */
import '../setup.js'

export * from './activation.js'
export { type AttentionMask, MultiheadAttention, type MultiheadAttentionOptions } from './attention.js'
export {
  BatchNorm1d,
  BatchNorm2d,
  type BatchNormEpilogue,
  type BatchNormLayerOptions,
  syncBatchNorm,
} from './batchNorm.js'
export { captureOutputs, type Output } from './capture.js'
export { ChannelShuffle } from './channelShuffle.js'
export { Conv2d, type Conv2dLayerOptions } from './conv2d.js'
export { convBatchNorm } from './convBatchNorm.js'
export { ConvTranspose2d, type ConvTranspose2dLayerOptions } from './convTranspose2d.js'
export { Dropout } from './dropout.js'
export { Flatten, Identity } from './flatten.js'
export { GhostBottleneck, type GhostBottleneckOptions } from './ghostBottleneck.js'
export { GhostModule, type GhostModuleOptions, type GhostTheory } from './ghostModule.js'
export { type GradCam, gradCam, lastMaps, listMaps } from './gradCam.js'
export {
  GroupNorm,
  type GroupNormLayerOptions,
  LayerNorm,
  LayerNorm2d,
  type LayerNormLayerOptions,
} from './groupNorm.js'
export type { ForwardPreHook, FullBackwardHook, ModuleHook } from './hooks.js'
export * as init from './init.js'
export { Linear } from './linear.js'
export {
  BCEWithLogitsLoss,
  CrossEntropyLoss,
  KLDivLoss,
  MSELoss,
  NLLLoss,
  SmoothL1Loss,
} from './losses.js'
export { makeDivisible } from './makeDivisible.js'
export { type AnyModule, type ForwardHook, Module } from './module.js'
export { Counter, Parameter, StateBuffer } from './parameter.js'
export { AdaptiveAvgPool2d, AvgPool2d, MaxPool2d } from './pool.js'
export { Sequential } from './sequential.js'
export { SqueezeExcite, type SqueezeExciteOptions } from './squeezeExcite.js'
export type { LoadReport, StateDict, StateValue } from './stateDict.js'
export { type LayerSummary, type LayerWindow, type Summary, summarize } from './summary.js'
export { type Eigen, symmetricEigen } from './symmetricEigen.js'
export { type WhiteningImages, type WhiteningOptions, whiten } from './whiten.js'
