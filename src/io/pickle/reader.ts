import { type PickleGlobals, PickleMachine } from './machine.js'
import { opcodes, refusedNames } from './opcodes.js'

export { InertClass, InertObject } from './inert.js'
export type { PickleGlobals, Stateful } from './machine.js'

const proto = 0x80
const stop = '.'.charCodeAt(0)

export interface PickleOptions {
  /** Resolves references to data outside the pickle; without it they are refused. */
  persistentLoad?: ((id: unknown) => unknown) | undefined
  /** Byte to begin at; default 0. */
  at?: number
  /**
   * What becomes of a class or function that is not in the table: refused (default), or inert, which makes data of it
   * (`InertObject`) and calls nothing.
   */
  unknownNames?: 'inert' | 'refused'
}

/**
 * A reader of pickles (https://docs.python.org/3/library/pickletools.html), protocols 0 to 5, for plain data and the
 * globals in the table. It runs nothing that the table does not hold, and allocates no more than the file is long.
 *
 * Dicts become Maps, tuples and lists arrays, Python 2 strings Latin-1 strings (a byte stays one character).
 * @returns the value, and the byte behind the pickle
 * @throws DataError on an opcode or a global that is not allowed, and on a pickle that is damaged or cut short
 */
export function readPickleAt(
  bytes: Uint8Array,
  globals: PickleGlobals,
  options: PickleOptions = {},
): { value: unknown; end: number } {
  const { persistentLoad, at = 0, unknownNames = 'refused' } = options
  const machine = new PickleMachine(bytes, globals, persistentLoad, at, unknownNames)
  for (;;) {
    const code = machine.uint8()
    if (code === stop) return { value: machine.pop(), end: machine.at }
    if (code === proto) {
      const protocol = machine.uint8()
      if (protocol > 5) machine.refuse(`expected protocol 5 or lower, got ${protocol}`)
      continue
    }
    const run = opcodes.get(code)
    if (run) run(machine)
    else machine.refuse(`opcode ${describe(code)} at byte ${machine.at - 1} is not allowed`)
  }
}

/** The value of the pickle that `bytes` begins with. */
export const readPickle = (bytes: Uint8Array, globals: PickleGlobals, options: PickleOptions = {}): unknown =>
  readPickleAt(bytes, globals, options).value

const describe = (code: number): string => refusedNames[code] ?? `0x${code.toString(16)}`
