import { argmax } from '../data/metrics.js'

/** Test images that a network took for another class, gathered batch by batch in the order of the data set. */
export class Misclassified {
  /** By label: indexes of images, the first ones of each class. */
  readonly byLabel = new Map<number, number[]>()
  #images = 0

  /** @param perClass how many to remember of each class */
  constructor(readonly perClass: number) {}

  /** @param logits (N, classes) @param labels (N,) */
  add(logits: Float32Array, labels: Int32Array): void {
    const classes = logits.length / labels.length
    for (const [i, label] of labels.entries()) {
      const index = this.#images++
      if (argmax(logits.subarray(i * classes, (i + 1) * classes)) === label) continue
      const known = this.byLabel.get(label) ?? []
      if (known.length < this.perClass) this.byLabel.set(label, [...known, index])
    }
  }

  clear(): void {
    this.byLabel.clear()
    this.#images = 0
  }
}
