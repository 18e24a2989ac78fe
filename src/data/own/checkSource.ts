import { totalmem } from 'node:os'
import { DataError } from '../../tensor/errors.js'
import type { ImageSize } from '../decodeImage.js'
import type { Source } from './source.js'

export function checkClasses(
  path: string,
  { entries, bad, kind, passedOver }: Source,
  classes: readonly string[],
): void {
  if (classes.length > 65_535) throw new DataError(`${path}: expected at most 65,535 classes, got ${classes.length}`)
  if (entries.length > 0 && classes.length >= 2) return
  const others = Object.entries(passedOver).map(([ending, count]) => `${count} ${ending}`)
  const rest = [...(bad.length > 0 ? [`${bad.length} bad ones (${bad[0]!.name}: ${bad[0]!.reason})`] : []), ...others]
  const found = [`${entries.length} images of ${classes.length} classes`, ...rest].join(', ')
  throw new DataError(
    `${path}: expected images of at least two classes, a folder each, or with a list (--labels FILE; docs/data.md has all forms), ` +
      `found as ${kind}: ${found}`,
  )
}

export function chooseSize({ size }: Source, imageSize: number | undefined): ImageSize {
  const side = imageSize ?? (size?.height === size?.width ? size?.height : undefined) ?? 32
  return { height: side, width: side }
}

export function checkMemory(path: string, count: number, { height, width }: ImageSize): void {
  const bytes = count * 3 * height * width
  const limit = Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY) / 2
  if (bytes <= limit) return
  const gigabytes = (n: number) => (n / 1e9).toFixed(1)
  throw new DataError(
    `${path}: ${count} images of ${width} × ${height} pixels need ${gigabytes(bytes)} GB, more than half of this machine's memory ` +
      `(${gigabytes(limit)} GB): choose a smaller --image-size`,
  )
}
