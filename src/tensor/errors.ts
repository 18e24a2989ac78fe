/** Errors that a user can cause and mend. The message says what was expected, what came, and what to do. */
export class GhostgradError extends Error {
  override name = 'GhostgradError'
}

/** A shape, axis or size that an operation cannot take. */
export class ShapeError extends GhostgradError {
  override name = 'ShapeError'
}

/** Data or a file that is missing, damaged or of the wrong kind. */
export class DataError extends GhostgradError {
  override name = 'DataError'
}

/** A setting (flag, YAML key, option) that is unknown or out of range. */
export class ConfigError extends GhostgradError {
  override name = 'ConfigError'
}

/** `(4, 8, 32, 32)`, as shapes are printed everywhere. A one-dimensional shape prints as `(8,)`. */
export function showShape(shape: readonly number[]): string {
  return shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`
}

/** Refuse options that there are not, such as those in PyTorch's spelling. @returns the options */
export function knownOptions<Options extends object>(who: string, options: Options, known: readonly string[]): Options {
  const unknown = Object.keys(options).find((name) => !known.includes(name))
  if (unknown === undefined) return options
  throw new ConfigError(`${who}: unknown option "${unknown}"; expected ${known.join(', ')}`)
}
