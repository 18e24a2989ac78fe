import type { Boxes } from '../boxes/boxes.js'

/** An image with its true boxes. */
export interface LabelledImage {
  /** Of the file. */
  name: string
  /** As annotated, else an id by position. */
  id: number
  /** Interleaved bytes (height, width, 3) come of it. */
  open: () => Promise<Uint8Array>
  /** Pixels, as the annotations say. */
  width: number
  height: number
  /** In the image's own pixels. */
  boxes: Boxes
  /** (boxes,), indexes into the classes */
  labels: Int32Array
  /** (boxes,), square pixels, as annotated */
  areas: Float64Array
  /** (boxes,): whether a box stands for many objects: not trained with, and not counted */
  crowds: boolean[]
}

/** An annotation that cannot be used, and why. */
export interface BadBox {
  image: string
  reason: string
}

/** Images with boxes, and what of them could not be used. */
export interface DetectionSet {
  name: string
  images: LabelledImage[]
  classes: readonly string[]
  bad: BadBox[]
}

/** Both parts of a data set. */
export interface DetectionSplits {
  train: DetectionSet
  test: DetectionSet
}

/** An annotated box before it is checked: (x1, y1, x2, y2), pixels. */
export interface RawBox {
  box: readonly [number, number, number, number]
  label: number
  area?: number | undefined
  isCrowd?: boolean | undefined
}

/**
 * The boxes of an image that can be used, cut at its border; of the rest `bad` is told: numbers that are none, boxes without area, boxes
 * outside the image.
 */
export function checkBoxes(
  image: { name: string; width: number; height: number },
  raw: readonly RawBox[],
  bad: BadBox[],
): Pick<LabelledImage, 'boxes' | 'labels' | 'areas' | 'crowds'> {
  const { name, width, height } = image
  const kept = raw.flatMap(({ box, label, area, isCrowd = false }) => {
    const [x1, y1, x2, y2] = box
    const shown = `box (${box.join(', ')})`
    const cut = [Math.max(0, x1), Math.max(0, y1), Math.min(width, x2), Math.min(height, y2)] as const
    const reason = !box.every(Number.isFinite)
      ? `${shown}: expected four numbers`
      : x2 <= x1 || y2 <= y1
        ? `${shown} is empty`
        : cut[2] <= cut[0] || cut[3] <= cut[1]
          ? `${shown} lies outside the image of ${width} × ${height} pixels`
          : null
    if (reason !== null) {
      bad.push({ image: name, reason })
      return []
    }
    return [{ cut, label, isCrowd, area: area ?? (cut[2] - cut[0]) * (cut[3] - cut[1]) }]
  })
  return {
    boxes: Float64Array.from(kept.flatMap(({ cut }) => cut)),
    labels: Int32Array.from(kept, ({ label }) => label),
    areas: Float64Array.from(kept, ({ area }) => area),
    crowds: kept.map(({ isCrowd }) => isCrowd),
  }
}
