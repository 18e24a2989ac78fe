import type { Step } from '../protocol.js'

const most = 20

/** Images a second over the last steps. */
export class Speed {
  readonly #steps: Step[] = []

  add(step: Step): void {
    this.#steps.push(step)
    if (this.#steps.length > most) this.#steps.shift()
  }

  clear(): void {
    this.#steps.length = 0
  }

  get imagesPerSecond(): number {
    const sum = (key: 'images' | 'seconds') => this.#steps.reduce((total, step) => total + step[key], 0)
    return sum('images') / sum('seconds')
  }
}
