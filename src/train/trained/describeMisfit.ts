import type { FittedWeights } from './fitWeights.js'

/** Names of a kind in a few words: `layer1 (24), fc (2)`, by the first parts of the names. */
export function summarizeNames(names: readonly string[], most = 6): string {
  if (names.length <= 3) return names.join(', ')
  const counts = new Map<string, number>()
  for (const name of names) {
    const module = name.split('.')[0]!
    counts.set(module, (counts.get(module) ?? 0) + 1)
  }
  const parts = Array.from(counts, ([module, count]) => (count === 1 ? module : `${module} (${count})`))
  return parts.slice(0, most).join(', ') + (parts.length > most ? ` and ${parts.length - most} more` : '')
}

/** What of weights does not fit, at most three lines. */
export function describeMisfit({ report: { missing, unexpected, wrongShape } }: FittedWeights): string[] {
  const shapes = wrongShape.slice(0, 3).join(', ') + (wrongShape.length > 3 ? ` and ${wrongShape.length - 3} more` : '')
  return [
    ...(missing.length > 0 ? [`${missing.length} missing from the file: ${summarizeNames(missing)}`] : []),
    ...(unexpected.length > 0 ? [`${unexpected.length} unexpected: ${summarizeNames(unexpected)}`] : []),
    ...(wrongShape.length > 0 ? [`${wrongShape.length} of another shape: ${shapes}`] : []),
  ]
}
