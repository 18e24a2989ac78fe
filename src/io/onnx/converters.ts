/** What each operation of autograd becomes in ONNX (https://onnx.ai/onnx/operators/), by the name of the operation. */
import type { Shape } from '../../tensor/shape.js'
import type { Emitter } from './graph.js'
import { layerConverters } from './layers.js'
import { pointwiseConverters } from './pointwise.js'
import { shapeConverters } from './shapes.js'

/** One recorded operation. */
export interface Call<Options> {
  readonly options: Options
  /** Names of the inputs' values in the graph, and their shapes. */
  readonly inputs: readonly string[]
  readonly shapes: readonly Shape[]
  /** Of the result. */
  readonly shape: Shape
}

/** Adds nodes to the graph. @returns the name of the result's value */
export type Converter<Options = unknown> = (call: Call<Options>, emit: Emitter) => string

/** Each converter takes the options of its own operation, which only the tape knows. */
export const converters: Readonly<Record<string, Converter<never>>> = {
  ...layerConverters,
  ...pointwiseConverters,
  ...shapeConverters,
}
