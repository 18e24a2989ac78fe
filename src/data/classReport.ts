/** How well one class is recognized. */
export interface ClassScore {
  class: string
  /** Share of the images taken for this class that are of it; null if none was. */
  precision: number | null
  /** Share of its images that were taken for it; null if there are none. */
  recall: number | null
  /** Harmonic mean of both; null if either is. */
  f1: number | null
  /** Images of the class. */
  count: number
}

/** Scores of each class. @param confusion (K, K): entry `label * K + predicted` counts images, as `confusionMatrix` gives them */
export function classScores(confusion: ArrayLike<number>, classes: readonly string[]): ClassScore[] {
  const size = classes.length
  return classes.map((name, k) => {
    let [count, taken] = [0, 0]
    for (let j = 0; j < size; j++) {
      count += confusion[k * size + j]!
      taken += confusion[j * size + k]!
    }
    const right = confusion[k * size + k]!
    const precision = taken > 0 ? right / taken : null
    const recall = count > 0 ? right / count : null
    const f1 = precision === null || recall === null ? null : right === 0 ? 0 : (2 * right) / (count + taken)
    return { class: name, precision, recall, f1, count }
  })
}

/** Pairs of classes that are taken for each other, the commonest first. */
export function confusedPairs(confusion: ArrayLike<number>, classes: readonly string[]) {
  const size = classes.length
  const pairs = Array.from(confusion, (count, i) => ({ label: Math.floor(i / size), predicted: i % size, count }))
  return pairs
    .filter(({ label, predicted, count }) => label !== predicted && count > 0)
    .sort((a, b) => b.count - a.count)
    .map(({ label, predicted, count }) => ({ label: classes[label]!, predicted: classes[predicted]!, count }))
}
