import { Tensor } from '../../src/tensor/tensor.js'

/** A value as `console.log` of Node.js shows it, for the kinds of values that snippets print. */
export function show(value: unknown, isInside = false): string {
  if (typeof value === 'string') return isInside ? `'${value}'` : value
  if (value instanceof Error) return `${value.name}: ${value.message}`
  if (value instanceof Tensor || value === null || typeof value !== 'object') return String(value)
  if (Array.isArray(value)) return list('[', value.map(inside), ']')
  if (ArrayBuffer.isView(value)) {
    const numbers = Array.from(value as Float64Array)
    const more = numbers.length > 100 ? [`… ${numbers.length - 100} more items`] : []
    return `${value.constructor.name}(${numbers.length}) ${list('[', [...numbers.slice(0, 100).map(String), ...more], ']')}`
  }
  const entries = Object.entries(value).map(([key, part]) => `${key}: ${inside(part)}`)
  return list('{', entries, '}')
}

const inside = (value: unknown): string => show(value, true)

const list = (open: string, parts: readonly string[], close: string): string =>
  parts.length === 0 ? open + close : `${open} ${parts.join(', ')} ${close}`
