/** What the page and its worker tell each other. Images are bytes (3, 32, 32): planes of red, green and blue. */
import type { Explanation } from '../src/explain/explanation.js'
import type { View as GraphView } from '../src/explain/formats/views.js'

export interface Settings {
  /** Maps made of each intrinsic one, itself included; 1: ordinary convolutions, no ghosts. */
  s: number
  /** Size of the cheap operation. */
  d: number
  lr: number
  batchSize: number
  threads: number
}

export type Request =
  /** A new network with its first weights, on this number of threads. */
  | { type: 'build'; settings: Settings }
  /** Go on with another learning rate or batch size. */
  | { type: 'tune'; settings: Settings }
  | { type: 'run'; running: boolean }
  /** Learn from one batch. */
  | { type: 'step' }
  /** Show what the network makes of an image, now and while it learns. */
  | { type: 'look'; image: Uint8Array; layer: string }
  /** Draw the graph of one training step: all of it, or one module. */
  | { type: 'draw'; module: string | null }

export type Reply =
  | { type: 'ready'; threads: number; classes: readonly string[]; samples: readonly Sample[] }
  | ({ type: 'network'; backend: string } & Network)
  | ({ type: 'step' } & Step)
  | ({ type: 'test' } & Test)
  | ({ type: 'view' } & View)
  | { type: 'graph'; explanation: Explanation; views: readonly GraphView[] }
  | { type: 'failed'; message: string }

export interface Sample {
  image: Uint8Array
  label: number
}

export interface Network {
  cost: Cost
  /** Of the same network made of ordinary convolutions. */
  plainCost: Cost
  /** The Ghost modules; with s = 1 the convolutions in their place. */
  layers: readonly GhostLayer[]
  /** Paths of the blocks, for the graph. */
  blocks: readonly string[]
}

export interface Cost {
  params: number
  macs: number
}

export interface GhostLayer {
  path: string
  s: number
  d: number
  maps: number
  intrinsic: number
  /** Height and width of a map. */
  size: number
}

export interface Step {
  /** From 1. */
  step: number
  epoch: number
  endsEpoch: boolean
  loss: number
  /** Of this batch, 0..1. */
  accuracy: number
  images: number
  seconds: number
}

/** On images that it has not learned from. */
export interface Test {
  step: number
  loss: number
  accuracy: number
}

export interface View {
  layer: GhostLayer
  /** Grey bytes (size, size) each, from the map's smallest number to its largest. */
  maps: readonly Uint8Array[]
  /** One a class, their sum 1. */
  probabilities: readonly number[]
}
