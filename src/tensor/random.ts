/**
 * Seeded random numbers. A generator is passed in wherever randomness is needed; nothing in the framework draws from a
 * hidden global source except through `manualSeed`'s default generator, which layers use when they are given none.
 *
 * The engine is sfc32 (Chris Doty-Humphrey, PractRand): 128 bits of state, a period of at least 2^32, no known failures in
 * PractRand, and four integer operations a number.
 */
export class Generator {
  #a = 0
  #b = 0
  #c = 0
  #counter = 1
  /** The second value of the last Box-Muller pair, if it has not been handed out. */
  #spare: number | null = null

  /** @param seed any finite number; streams of different `stream` numbers under one seed are independent */
  constructor(seed = 0, ...stream: number[]) {
    this.seed(seed, ...stream)
  }

  /** Start again as `new Generator(seed, ...stream)` would. */
  seed(seed: number, ...stream: number[]): this {
    if (!Number.isFinite(seed)) throw new RangeError(`Generator: expected a finite seed, got ${seed}`)
    let h = 0x9e3779b9
    for (const part of [seed, ...stream]) {
      h = mix(h ^ (part | 0))
      h = mix(h ^ Math.floor(part / 2 ** 32))
    }
    this.#a = mix(h ^ 0x243f6a88)
    this.#b = mix(h ^ 0x85a308d3)
    this.#c = mix(h ^ 0x13198a2e)
    this.#counter = 1
    this.#spare = null
    for (let i = 0; i < 12; i++) this.nextUint32()
    return this
  }

  /** A whole number, uniform over 0 … 2^32 − 1. */
  nextUint32(): number {
    const t = (this.#a + this.#b + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + t
    this.#c |= 0
    return t >>> 0
  }

  /** Uniform over [0, 1), with 24 random bits: every value is exact in float32. */
  uniform(): number {
    return (this.nextUint32() >>> 8) / 2 ** 24
  }

  /** A whole number, uniform over 0 … n − 1 (multiply-shift; the bias is below n / 2^32). */
  integer(n: number): number {
    return Math.floor((this.nextUint32() / 2 ** 32) * n)
  }

  /** Standard normal, by Box and Muller's transform. */
  normal(): number {
    if (this.#spare !== null) {
      const spare = this.#spare
      this.#spare = null
      return spare
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()))
    const angle = 2 * Math.PI * this.uniform()
    this.#spare = radius * Math.sin(angle)
    return radius * Math.cos(angle)
  }

  /** Shuffle in place (Fisher and Yates). */
  shuffle<T extends { length: number; [i: number]: number }>(values: T): T {
    for (let i = values.length - 1; i > 0; i--) {
      const j = this.integer(i + 1)
      const t = values[i]!
      values[i] = values[j]!
      values[j] = t
    }
    return values
  }

  /** The whole state, as plain numbers: `setState(getState())` continues the same stream. */
  getState(): number[] {
    const spare = this.#spare === null ? [] : [this.#spare]
    return [this.#a, this.#b, this.#c, this.#counter, ...spare]
  }

  setState(state: readonly number[]): void {
    if (state.length < 4 || state.length > 5) {
      throw new RangeError(`Generator.setState: expected 4 or 5 numbers from getState(), got ${state.length}`)
    }
    const [a, b, c, counter, spare] = state as [number, number, number, number, number?]
    this.#a = a
    this.#b = b
    this.#c = c
    this.#counter = counter
    this.#spare = spare ?? null
  }
}

/** A bijective scrambler of 32 bits (the finalizer of MurmurHash3). */
function mix(h: number): number {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}

const seededGenerator = new Generator(0)
let defaultGenerator = seededGenerator

/** Seed the default generator, which initialization and dropout draw from when no generator is passed. */
export function manualSeed(seed: number): Generator {
  return seededGenerator.seed(seed)
}

/** Run something that draws from this generator where none is passed. */
export function withDefaultGenerator<T>(generator: Generator, run: () => T): T {
  const before = defaultGenerator
  defaultGenerator = generator
  try {
    return run()
  } finally {
    defaultGenerator = before
  }
}

/** The generator used where none is passed. */
export function getDefaultGenerator(): Generator {
  return defaultGenerator
}
