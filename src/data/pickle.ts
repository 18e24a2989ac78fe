import { DataError } from '../tensor/errors.js'

/** A callable or class that a pickle may name; whatever is not in the table is refused. */
export type PickleGlobals = Readonly<Record<string, (...args: unknown[]) => unknown>>

/** An object that takes a state after it was made (Python's `__setstate__`). */
export interface Stateful {
  setState(state: unknown): void
}

/**
 * A reader of pickle protocol 2 (https://docs.python.org/3/library/pickletools.html) for plain data: dicts, lists, tuples,
 * whole numbers, byte and text strings, and the globals in the table. It runs nothing the table does not hold.
 *
 * Dicts become Maps, tuples and lists arrays, Python 2 strings Latin-1 strings (a byte stays one character).
 * @throws DataError on an opcode or a global that is not allowed, and on a pickle that is cut short
 */
export function readPickle(bytes: Uint8Array, globals: PickleGlobals): unknown {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const stack: unknown[] = []
  const marks: number[] = []
  const memo = new Map<number, unknown>()
  let at = 0

  const take = (size: number): Uint8Array => {
    if (size < 0 || at + size > bytes.length) throw new DataError(`pickle: cut short at byte ${bytes.length}`)
    at += size
    return bytes.subarray(at - size, at)
  }
  const field = (size: number): number => take(size) && at - size // where a number of `size` bytes starts
  const latin1 = (size: number): string => Buffer.from(take(size)).toString('latin1')
  const line = (): string => {
    const end = bytes.indexOf(10, at)
    const text = latin1(end - at)
    at++
    return text
  }
  const top = () => stack[stack.length - 1]
  const sinceMark = () => stack.splice(marks.pop() ?? stack.length)
  const tuple = (length: number) => stack.push(stack.splice(stack.length - length))
  const memoize = (key: number) => memo.set(key, top())

  for (;;) {
    const opcode = String.fromCharCode(take(1)[0]!)
    switch (opcode) {
      case '\x80': {
        const protocol = take(1)[0]!
        if (protocol > 2) throw new DataError(`pickle: expected protocol 2 or lower, got ${protocol}`)
        break
      }
      case '.':
        return stack.pop()
      case '(':
        marks.push(stack.length)
        break
      case 'N':
        stack.push(null)
        break
      case '\x88':
        stack.push(true)
        break
      case '\x89':
        stack.push(false)
        break
      case 'K':
        stack.push(view.getUint8(field(1)))
        break
      case 'M':
        stack.push(view.getUint16(field(2), true))
        break
      case 'J':
        stack.push(view.getInt32(field(4), true))
        break
      case 'U':
        stack.push(latin1(view.getUint8(field(1))))
        break
      case 'T':
        stack.push(latin1(view.getInt32(field(4), true)))
        break
      case 'X':
        stack.push(Buffer.from(take(view.getUint32(field(4), true))).toString('utf8'))
        break
      case '}':
        stack.push(new Map())
        break
      case ']':
      case ')':
        stack.push([])
        break
      case '\x85':
        tuple(1)
        break
      case '\x86':
        tuple(2)
        break
      case '\x87':
        tuple(3)
        break
      case 't':
        stack.push(sinceMark())
        break
      case 'a': {
        const value = stack.pop()
        ;(top() as unknown[]).push(value)
        break
      }
      case 'e': {
        const values = sinceMark()
        for (const value of values) (top() as unknown[]).push(value)
        break
      }
      case 's': {
        const [key, value] = stack.splice(-2)
        ;(top() as Map<unknown, unknown>).set(key, value)
        break
      }
      case 'u': {
        const pairs = sinceMark()
        for (let i = 0; i < pairs.length; i += 2) (top() as Map<unknown, unknown>).set(pairs[i], pairs[i + 1])
        break
      }
      case 'q':
        memoize(view.getUint8(field(1)))
        break
      case 'r':
        memoize(view.getUint32(field(4), true))
        break
      case 'h':
        stack.push(memo.get(view.getUint8(field(1))))
        break
      case 'j':
        stack.push(memo.get(view.getUint32(field(4), true)))
        break
      case 'c': {
        const name = `${line()}.${line()}`
        if (!Object.hasOwn(globals, name)) {
          throw new DataError(`pickle: ${name} is not allowed here; allowed: ${Object.keys(globals).join(', ')}`)
        }
        stack.push(globals[name])
        break
      }
      case 'R': {
        const [callable, args] = stack.splice(-2) as [(...args: unknown[]) => unknown, unknown[]]
        stack.push(callable(...args))
        break
      }
      case 'b': {
        const state = stack.pop()
        ;(top() as Stateful).setState(state)
        break
      }
      default:
        throw new DataError(`pickle: opcode 0x${opcode.charCodeAt(0).toString(16)} at byte ${at - 1} is not allowed`)
    }
  }
}
