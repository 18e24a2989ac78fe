import { ConfigError } from '../tensor/errors.js'

/** Refuse an option out of range. @example requireOption(lr >= 0, 'SGD', 'lr >= 0', lr) */
export function requireOption(holds: boolean, who: string, expected: string, got: unknown): void {
  if (!holds) throw new ConfigError(`${who}: expected ${expected}, got ${got}`)
}
