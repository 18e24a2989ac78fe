export interface Pair {
  /** Indexes of the maps: the filter goes from the first to the second. */
  maps: readonly [from: number, to: number]
  /** Pearson's, of their pixels. */
  correlation: number
}

/**
 * The `count` most similar pairs of maps: the most correlated pair first, then the most correlated one of the maps that are left, and
 * so on, so that no map is in two pairs. The map with the lower index is the first of its pair. Constant maps are in none.
 */
export function similarPairs(maps: readonly Float32Array[], count: number): Pair[] {
  const centred = maps.map(centre)
  const candidates: Pair[] = []
  for (let i = 0; i < maps.length; i++) {
    for (let j = i + 1; j < maps.length; j++) {
      const [a, b] = [centred[i], centred[j]]
      if (a && b) candidates.push({ maps: [i, j], correlation: a.reduce((sum, v, p) => sum + v * b[p]!, 0) })
    }
  }
  candidates.sort((a, b) => b.correlation - a.correlation)
  const taken = new Set<number>()
  const pairs: Pair[] = []
  for (const pair of candidates) {
    if (pairs.length === count) break
    if (pair.maps.some((map) => taken.has(map))) continue
    for (const map of pair.maps) taken.add(map)
    pairs.push(pair)
  }
  return pairs
}

/** Mean 0 and length 1; null if the map is constant. */
function centre(map: Float32Array): Float64Array | null {
  const mean = map.reduce((sum, v) => sum + v, 0) / map.length
  const centred = Float64Array.from(map, (v) => v - mean)
  const length = Math.sqrt(centred.reduce((sum, v) => sum + v * v, 0))
  return map.some((v) => v !== map[0]) ? centred.map((v) => v / length) : null
}
