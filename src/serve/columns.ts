/** Records of numbers, kept as a growing array for each key. What a record lacks is NaN. */
export class Columns<Key extends string> {
  length = 0
  #arrays: Record<Key, Float64Array>

  constructor(readonly keys: readonly Key[]) {
    this.#arrays = this.#resized(256)
  }

  push(record: Readonly<Record<string, unknown>>): void {
    if (this.length === this.#arrays[this.keys[0]!].length) this.#arrays = this.#resized(2 * this.length)
    for (const key of this.keys) {
      const value = record[key]
      this.#arrays[key][this.length] = typeof value === 'number' ? value : Number.NaN
    }
    this.length++
  }

  clear(): void {
    this.length = 0
  }

  column(key: Key): Float64Array {
    return this.#arrays[key].subarray(0, this.length)
  }

  #resized(capacity: number): Record<Key, Float64Array> {
    const entries = this.keys.map((key) => {
      const array = new Float64Array(capacity)
      if (this.#arrays) array.set(this.column(key))
      return [key, array]
    })
    return Object.fromEntries(entries) as Record<Key, Float64Array>
  }
}
