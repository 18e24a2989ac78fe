/** A value from a pickle in a few words, for messages: it may be anything, also nested without end. */
export function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 39)}…` : value)
  if (Array.isArray(value)) return 'a list'
  if (value instanceof Map) return 'a dict'
  if (typeof value === 'function') return 'a class'
  return value === null || typeof value !== 'object' ? String(value) : 'an object'
}
