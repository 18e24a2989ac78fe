import type { ModelOptions } from '../models/options.js'
import { channelsAfter, findPlan } from '../prune/plans.js'
import { ConfigError } from '../tensor/errors.js'

/** What `createModel` is told. */
export interface Network {
  model: string
  options?: Omit<ModelOptions, 'seed' | 'generator'>
}

interface Common {
  /** Part of file names. */
  id: string
  /** What it is called outside of the tables, which have names of their own. */
  label: string
}

/** Trained here, on CIFAR-10. Its options are those that a run's configuration knows. */
export interface TrainedRow extends Common {
  kind: 'trained'
  network: Network
}

/** Made here by pruning the weights of another row, then trained on. */
export interface PrunedRow extends Common {
  kind: 'pruned'
  method: 'l1'
  /** How much of each layer goes, by its name in `prune/plans.ts`. */
  plan: string
  /** Id of the trained row whose weights it starts from. */
  base: string
}

/** Built here for its weights and multiply-adds at 224 pixels; its accuracy is the paper's. */
export interface StructureRow extends Common {
  kind: 'structure'
  network: Network
}

/** Another method's numbers, as the paper quotes them. */
export interface QuotedRow extends Common {
  kind: 'quoted'
}

/** A row that is run here. */
export type RunRow = TrainedRow | PrunedRow

/** A row of a table: trained here, only counted, or quoted. */
export type Row = RunRow | StructureRow | QuotedRow

/** Whether a row can be run here. */
export const canRun = (row: Row): row is RunRow => row.kind === 'trained' || row.kind === 'pruned'

const trained = (id: string, label: string, model: string, options: Network['options'] = {}): TrainedRow => ({
  kind: 'trained',
  id,
  label,
  network: { model, options },
})

const structure = (id: string, label: string, model: string, options: Network['options'] = {}): StructureRow => ({
  kind: 'structure',
  id,
  label,
  network: { model, options: { numClasses: 1000, ...options } },
})

const quoted = (id: string, label: string): QuotedRow => ({ kind: 'quoted', id, label })

/** Every row of the tables, once. A row in two tables is run once: Ghost-VGG-16 with s = 2 is that with d = 3. */
export const rows: readonly Row[] = [
  trained('vgg16', 'VGG-16', 'vgg16'),
  trained('ghost-vgg16-s2', 'Ghost-VGG-16 (s = 2, d = 3)', 'ghost-vgg16', { s: 2, d: 3 }),
  trained('ghost-vgg16-d1', 'Ghost-VGG-16 (s = 2, d = 1)', 'ghost-vgg16', { s: 2, d: 1 }),
  trained('ghost-vgg16-d5', 'Ghost-VGG-16 (s = 2, d = 5)', 'ghost-vgg16', { s: 2, d: 5 }),
  trained('ghost-vgg16-d7', 'Ghost-VGG-16 (s = 2, d = 7)', 'ghost-vgg16', { s: 2, d: 7 }),
  trained('ghost-vgg16-s3', 'Ghost-VGG-16 (s = 3, d = 3)', 'ghost-vgg16', { s: 3, d: 3 }),
  trained('ghost-vgg16-s4', 'Ghost-VGG-16 (s = 4, d = 3)', 'ghost-vgg16', { s: 4, d: 3 }),
  trained('ghost-vgg16-s5', 'Ghost-VGG-16 (s = 5, d = 3)', 'ghost-vgg16', { s: 5, d: 3 }),
  trained('resnet56', 'ResNet-56', 'resnet56'),
  trained('ghost-resnet56', 'Ghost-ResNet-56 (s = 2, d = 3)', 'ghost-resnet56', { s: 2, d: 3 }),
  trained('ghostnet-0.5-cifar', 'GhostNet 0.5×', 'ghostnet', { width: 0.5 }),
  trained('ghostnet-1.0-cifar', 'GhostNet 1.0×', 'ghostnet', { width: 1 }),

  { kind: 'pruned', id: 'l1-vgg16', label: 'l1-VGG-16', method: 'l1', plan: 'vgg16-A', base: 'vgg16' },
  { kind: 'pruned', id: 'l1-resnet56', label: 'l1-ResNet-56', method: 'l1', plan: 'resnet56-B', base: 'resnet56' },
  quoted('sbp-vgg16', 'SBP-VGG-16'),
  quoted('cp-resnet56', 'CP-ResNet-56'),
  quoted('amc-resnet56', 'AMC-ResNet-56'),

  structure('resnet50', 'ResNet-50', 'resnet50'),
  structure('ghost-resnet50-s2', 'Ghost-ResNet-50 (s = 2, d = 3)', 'ghost-resnet50', { s: 2, d: 3 }),
  structure('ghost-resnet50-s4', 'Ghost-ResNet-50 (s = 4, d = 3)', 'ghost-resnet50', { s: 4, d: 3 }),
  quoted('thinet-resnet50', 'Thinet-ResNet-50'),
  quoted('nisp-resnet50-b', 'NISP-ResNet-50-B'),
  quoted('versatile-resnet50', 'Versatile-ResNet-50'),
  quoted('sss-resnet50', 'SSS-ResNet-50'),
  quoted('shift-resnet50', 'Shift-ResNet-50'),
  quoted('taylor-fo-bn-resnet50', 'Taylor-FO-BN-ResNet-50'),
  quoted('slimmable-resnet50-0.5', 'Slimmable-ResNet-50 0.5×'),
  quoted('metapruning-resnet50', 'MetaPruning-ResNet-50'),

  structure('ghostnet-0.5', 'GhostNet 0.5×', 'ghostnet', { width: 0.5, inputSize: 224 }),
  structure('ghostnet-1.0', 'GhostNet 1.0×', 'ghostnet', { width: 1, inputSize: 224 }),
  structure('ghostnet-1.3', 'GhostNet 1.3×', 'ghostnet', { width: 1.3, inputSize: 224 }),
  structure('mobilenetv1-0.5', 'MobileNetV1 0.5×', 'mobilenetv1', { width: 0.5 }),
  structure('mobilenetv2-0.35', 'MobileNetV2 0.35×', 'mobilenetv2', { width: 0.35 }),
  structure('mobilenetv2-0.6', 'MobileNetV2 0.6×', 'mobilenetv2', { width: 0.6 }),
  structure('mobilenetv2-1.0', 'MobileNetV2 1.0×', 'mobilenetv2', { width: 1 }),
  structure('mobilenetv3-small-0.75', 'MobileNetV3-S 0.75×', 'mobilenetv3-small', { width: 0.75 }),
  structure('mobilenetv3-large-0.75', 'MobileNetV3-L 0.75×', 'mobilenetv3-large', { width: 0.75 }),
  structure('mobilenetv3-large-1.0', 'MobileNetV3-L 1.0×', 'mobilenetv3-large', { width: 1 }),
  structure('shufflenetv1-0.5-g8', 'ShuffleNetV1 0.5× (g = 8)', 'shufflenetv1', { width: 0.5, groups: 8 }),
  structure('shufflenetv1-1.0-g3', 'ShuffleNetV1 1.0× (g = 3)', 'shufflenetv1', { width: 1, groups: 3 }),
  structure('shufflenetv2-0.5', 'ShuffleNetV2 0.5×', 'shufflenetv2', { width: 0.5 }),
  structure('shufflenetv2-1.0', 'ShuffleNetV2 1.0×', 'shufflenetv2', { width: 1 }),
  structure('shufflenetv2-1.5', 'ShuffleNetV2 1.5×', 'shufflenetv2', { width: 1.5 }),
  structure('mnasnet-a1', 'MnasNet-A1', 'mnasnet-a1'),
  quoted('fe-net-1.0', 'FE-Net 1.0×'),
  quoted('fbnet-b', 'FBNet-B'),
  quoted('proxylessnas', 'ProxylessNAS'),
]

/** @throws ConfigError if there is none of that id */
export function rowOf(id: string): Row {
  const row = rows.find((candidate) => candidate.id === id)
  if (!row) throw new ConfigError(`unknown row "${id}"; known: ${rows.map((known) => known.id).join(', ')}`)
  return row
}

/** The network of a row that is run: of a pruned one, that of its base with the channels that the plan leaves. */
export function networkOf(row: RunRow): Network {
  if (row.kind === 'trained') return row.network
  const { model, options } = networkOf(rowOf(row.base) as RunRow)
  return { model, options: { ...options, channels: channelsAfter(findPlan(row.plan, model)) } }
}
