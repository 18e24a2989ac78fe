// What the checks of the exercises are made of. They run in Node.js and in a page alike, and say what came and what was expected.

const shown = (value) => (typeof value === 'string' ? value : JSON.stringify(value))

/** Equal numbers, or lists of them. */
export function equal(actual, expected) {
  if (shown(actual) !== shown(expected)) throw new Error(`expected ${shown(expected)}, got ${shown(actual)}`)
}

/** A number near another one. @param what the name of the number */
export function near(actual, expected, tolerance, what) {
  if (!(Math.abs(actual - expected) <= tolerance)) throw new Error(`${what}: expected ${expected}, got ${actual}`)
}
