import { CommanderError } from 'commander'
import { ConfigError, GhostgradError } from '../src/tensor/errors.js'

/** Print what went wrong as one line and say which exit code it is: 2 for usage, 1 for failure. */
export function reportError(error: unknown): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0
    if (error.code === 'commander.help') return 2 // the help was asked for by giving no command
    const text = error.message.replace(/^error: /, '').replace(/\n\(Did you mean (.*)\?\)/, '; did you mean $1?')
    say(`${text} (--help shows what there is)`)
    return 2
  }
  say(describe(error))
  return error instanceof ConfigError ? 2 : 1
}

/** One line on stderr; lists of reasons keep their lines. */
export function say(text: string): void {
  const clear = process.stderr.isTTY ? '\r\x1b[K' : '' // there may be a live line
  process.stderr.write(`${clear}ghostgrad: ${text}\n`)
}

/** The message of an error that the user can mend; anything else is a bug, and its stack is wanted. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const isExpected = error instanceof GhostgradError || 'code' in error
  return isExpected ? error.message : `internal error, please report it: ${error.stack}`
}
