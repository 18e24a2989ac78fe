import type { NdArray } from '../../tensor/ndarray.js'
import type { Shape } from '../../tensor/shape.js'

/** An attribute of a node; whole numbers in a list are INTS, a single one says which it is. */
export type Attribute = { int: number } | { float: number } | { ints: readonly number[] } | { string: string }

export interface GraphNode {
  /** `layer1.0.conv1/Conv` */
  name: string
  /** An operator of ONNX. */
  opType: string
  /** Names of values: the graph's input, initializers, or other nodes' outputs. */
  inputs: string[]
  output: string
  attributes: Readonly<Record<string, Attribute>>
}

/** A constant: a weight, or an argument that ONNX wants as a tensor. */
export interface Initializer {
  readonly shape: Shape
  readonly data: Float32Array | BigInt64Array
}

/** What a model computes, in ONNX's operators. Nodes are in an order in which they can run. */
export interface Graph {
  nodes: GraphNode[]
  initializers: Map<string, Initializer>
  input: string
  output: string
}

/** Adds to a graph what one operation of a model becomes; everything is named by the module that the operation is in. */
export class Emitter {
  constructor(
    readonly graph: Graph,
    readonly path: string,
    /** Parameters and buffers, which keep their names in the state dict. */
    readonly stateNames: ReadonlyMap<NdArray, string>,
  ) {}

  /** Add a node. @returns the name of its output */
  node(opType: string, inputs: string[], attributes: GraphNode['attributes'] = {}): string {
    const name = this.#unique(opType)
    this.graph.nodes.push({ name, opType, inputs, output: name, attributes })
    return name
  }

  /** An array with fixed values. @returns its name */
  array(array: NdArray, what: string): string {
    const name = this.stateNames.get(array)
    if (name === undefined) return this.floats(what, array.shape, array.backend.read(array))
    this.graph.initializers.set(name, { shape: array.shape, data: new Float32Array(array.backend.read(array)) })
    return name
  }

  floats(what: string, shape: Shape, values: ArrayLike<number>): string {
    return this.#constant(what, { shape, data: new Float32Array(values) })
  }

  scalar(what: string, value: number): string {
    return this.floats(what, [], [value])
  }

  /** Whole numbers, as the operators take sizes and axes: a list, or in another shape. */
  ints(what: string, values: ArrayLike<number>, shape: Shape = [values.length]): string {
    return this.#constant(what, { shape, data: BigInt64Array.from(Array.from(values, BigInt)) })
  }

  #constant(what: string, value: Initializer): string {
    const name = this.#unique(what)
    this.graph.initializers.set(name, value)
    return name
  }

  #unique(what: string): string {
    const base = this.path === '' ? what : `${this.path}/${what}`
    const isTaken = (name: string) =>
      this.graph.initializers.has(name) || this.graph.nodes.some((node) => node.name === name)
    let name = base
    for (let i = 1; isTaken(name); i++) name = `${base}_${i}`
    return name
  }
}
