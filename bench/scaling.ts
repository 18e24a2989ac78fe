import { measureOurs } from './measure.js'

/** How time and memory of a training step grow with what is asked of it. */
export interface ScalingRow {
  /** What grows, and its value. */
  axis: 'batch' | 'depth' | 'width' | 'threads'
  value: number
  model: string
  batchSize: number
  threads: number
  stepMs: number
  peakMegabytes: number
}

/**
 * Batch 32 to 256 and one to all threads on ghost-resnet56, depth 20 to 110 at batch 64, ghostnet's width 0.5 to 2 (whose
 * multiply-adds grow with the square).
 */
export function measureScaling(seconds: number, threads: number): ScalingRow[] {
  const measure = (axis: ScalingRow['axis'], value: number, model: string, batchSize: number, count: number) => {
    const width = axis === 'width' ? { width: value } : {}
    const { imagesPerSecond, peakMegabytes } = measureOurs({ model, batchSize, threads: count, seconds, ...width })
    const stepMs = (1000 * batchSize) / imagesPerSecond
    return { axis, value, model, batchSize, threads: count, stepMs, peakMegabytes }
  }
  return [
    ...[32, 64, 128, 256].map((batch) => measure('batch', batch, 'ghost-resnet56', batch, threads)),
    ...[20, 32, 44, 56, 110].map((depth) => measure('depth', depth, `resnet${depth}`, 64, threads)),
    ...[0.5, 1, 1.5, 2].map((width) => measure('width', width, 'ghostnet', 64, threads)),
    ...Array.from({ length: threads }, (_, i) => measure('threads', i + 1, 'ghost-resnet56', 128, i + 1)),
  ]
}
