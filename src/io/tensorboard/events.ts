/**
 * The messages in an event file of TensorBoard. Field numbers are those of `event.proto` and `summary.proto`
 * (https://github.com/tensorflow/tensorflow/tree/master/tensorflow/core).
 */
import { ProtobufWriter } from '../protobuf.js'
import type { Histogram } from './histogram.js'
import { encodeRecord } from './record.js'

/** One thing that TensorBoard shows under a tag, at a step. */
export type SummaryValue =
  | { tag: string; scalar: number }
  | { tag: string; histogram: Histogram }
  /** `channels`: 1 for grey, 3 for colour. */
  | { tag: string; image: { width: number; height: number; channels: 1 | 3; png: Uint8Array } }

/** Where values belong: seconds since 1970, and the step of the run. */
export interface EventPlace {
  time: number
  step: number
}

/** The record that an event file begins with. */
export const fileHeader = (time: number): Uint8Array =>
  encodeRecord(new ProtobufWriter().double(1, time).string(3, 'brain.Event:2').finish())

/** Values of one step as a record. */
export function encodeEvent({ time, step }: EventPlace, values: readonly SummaryValue[]): Uint8Array {
  const summary = new ProtobufWriter()
  for (const value of values) summary.message(1, encodeValue(value))
  return encodeRecord(new ProtobufWriter().double(1, time).int(2, step).message(5, summary).finish())
}

function encodeValue(value: SummaryValue): ProtobufWriter {
  const message = new ProtobufWriter().string(1, value.tag)
  if ('scalar' in value) return message.float(2, value.scalar)
  if ('histogram' in value) return message.message(5, encodeHistogram(value.histogram))
  const { width, height, channels, png } = value.image
  return message.message(4, new ProtobufWriter().int(1, height).int(2, width).int(3, channels).bytes(4, png))
}

/** Each part by its right edge. */
function encodeHistogram({ min, max, sum, sumOfSquares, count, bins }: Histogram): ProtobufWriter {
  const edges = bins.map((_, i) => (i === bins.length - 1 ? max : min + ((max - min) * (i + 1)) / bins.length))
  return new ProtobufWriter()
    .double(1, min)
    .double(2, max)
    .double(3, count)
    .double(4, sum)
    .double(5, sumOfSquares)
    .doubles(6, edges)
    .doubles(7, bins)
}
