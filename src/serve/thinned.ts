import type { Columns } from './columns.js'

/** Columns as JSON takes them. */
export type Lists<Key extends string> = Record<Key, (number | null)[]>

/**
 * How many records become one point, so that at most `maxPoints` are left: a power of two, so that points stay what they are while
 * records are added, until their number halves.
 */
export function strideFor(records: number, maxPoints: number): number {
  let stride = 1
  while (records > stride * maxPoints) stride *= 2
  return stride
}

/**
 * The means of every `stride` records, from the point `from` on; of `positions` the last value. A mean over numbers alone: null where
 * there are none.
 */
export function thin<Key extends string>(
  columns: Columns<Key>,
  positions: readonly Key[],
  stride: number,
  from: number,
): Lists<Key> {
  const points = Math.ceil(columns.length / stride)
  const entries = columns.keys.map((key) => {
    const values = columns.column(key)
    const list: (number | null)[] = []
    for (let point = from; point < points; point++) {
      const part = values.subarray(point * stride, (point + 1) * stride)
      list.push(rounded(positions.includes(key) ? part[part.length - 1]! : mean(part)))
    }
    return [key, list]
  })
  return Object.fromEntries(entries) as Lists<Key>
}

function mean(values: Float64Array): number {
  let [sum, count] = [0, 0]
  for (const v of values) {
    if (Number.isNaN(v)) continue
    sum += v
    count++
  }
  return sum / count
}

/** Enough digits for any screen. */
const rounded = (value: number): number | null => (Number.isFinite(value) ? Number(value.toPrecision(6)) : null)
