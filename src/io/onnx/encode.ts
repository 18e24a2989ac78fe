/** The file: ONNX's messages (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto) by their field numbers. */
import { toBytes } from '../dtypes.js'
import { ProtobufWriter } from '../protobuf.js'
import type { Attribute, Graph, GraphNode, Initializer } from './graph.js'

/** Version of the operators. 17 is read by every runtime since the middle of 2022. */
export const opset = 17
/** Version of the file format that came with it. */
const irVersion = 8

const elementType = { float: 1, int64: 7 } as const
const attributeType = { float: 1, int: 2, string: 3, ints: 7 } as const

/** A number, or the name of one that is known when the model is run. */
export type Dimension = number | string

export interface ModelFacts {
  /** Of the graph. */
  name: string
  input: readonly Dimension[]
  output: readonly Dimension[]
  version: string
  metadata: Readonly<Record<string, string>>
}

export function encodeModel(graph: Graph, { name, input, output, version, metadata }: ModelFacts): Uint8Array {
  const body = new ProtobufWriter()
  for (const node of graph.nodes) body.message(1, nodeMessage(node))
  body.string(2, name)
  for (const [name, value] of graph.initializers) body.message(5, tensorMessage(name, value))
  body.message(11, valueMessage(graph.input, input)).message(12, valueMessage(graph.output, output))

  const model = new ProtobufWriter().int(1, irVersion).string(2, 'ghostgrad').string(3, version).message(7, body)
  model.message(8, new ProtobufWriter().string(1, '').int(2, opset))
  for (const [key, value] of Object.entries(metadata)) {
    model.message(14, new ProtobufWriter().string(1, key).string(2, value))
  }
  return model.finish()
}

function nodeMessage({ name, opType, inputs, output, attributes }: GraphNode): ProtobufWriter {
  const message = new ProtobufWriter()
  for (const input of inputs) message.string(1, input)
  message.string(2, output).string(3, name).string(4, opType)
  for (const [key, attribute] of Object.entries(attributes)) message.message(5, attributeMessage(key, attribute))
  return message
}

function attributeMessage(name: string, attribute: Attribute): ProtobufWriter {
  const message = new ProtobufWriter().string(1, name)
  if ('int' in attribute) return message.int(3, attribute.int).int(20, attributeType.int)
  if ('float' in attribute) return message.float(2, attribute.float).int(20, attributeType.float)
  if ('string' in attribute) return message.string(4, attribute.string).int(20, attributeType.string)
  return message.ints(8, attribute.ints).int(20, attributeType.ints)
}

function tensorMessage(name: string, { shape, data }: Initializer): ProtobufWriter {
  const message = new ProtobufWriter().ints(1, shape)
  if (data instanceof Float32Array) return message.int(2, elementType.float).string(8, name).bytes(9, toBytes(data))
  return message
    .ints(7, [...data])
    .int(2, elementType.int64)
    .string(8, name)
}

function valueMessage(name: string, shape: readonly Dimension[]): ProtobufWriter {
  const dimensions = new ProtobufWriter()
  for (const n of shape) {
    const dimension = new ProtobufWriter()
    dimensions.message(1, typeof n === 'number' ? dimension.int(1, n) : dimension.string(2, n))
  }
  const tensor = new ProtobufWriter().int(1, elementType.float).message(2, dimensions)
  return new ProtobufWriter().string(1, name).message(2, new ProtobufWriter().message(1, tensor))
}
