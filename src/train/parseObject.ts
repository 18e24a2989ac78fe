/** The object that a text stands for, read by `JSON.parse` or the like; null where it stands for none. Never fails. */
export function parseObject(text: string, parser: (text: string) => unknown): Record<string, unknown> | null {
  try {
    const value = parser(text)
    const isObject = value !== null && typeof value === 'object' && !Array.isArray(value)
    return isObject ? (value as Record<string, unknown>) : null
  } catch {
    return null
  }
}
