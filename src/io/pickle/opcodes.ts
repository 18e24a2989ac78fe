import { InertObject, pathOf } from './inert.js'
import type { PickleMachine, Stateful } from './machine.js'
import { textOpcodes } from './textOpcodes.js'

export type Run = (m: PickleMachine) => void

const setItems = (m: PickleMachine, pairs: unknown[]): void => {
  const top = m.top()
  const map = top instanceof InertObject ? top.entries : m.topAs(Map, 'a dict')
  if (pairs.length % 2 !== 0) m.refuse(`a key without a value at byte ${m.at}`)
  for (let i = 0; i < pairs.length; i += 2) map.set(pairs[i], pairs[i + 1])
}

/** No whole number in a pickle of data has more bytes. */
const maxLong = 1024

/** A whole number of so many bytes; one that a number of JavaScript's can hold is one. */
function long(m: PickleMachine, size: number): number | bigint {
  if (size > maxLong) m.refuse(`a whole number of ${size} bytes at byte ${m.at}`)
  const bytes = m.take(size)
  if (bytes.length === 0) return 0
  const hex = Buffer.from(bytes).reverse().toString('hex')
  const value = BigInt.asIntN(8 * bytes.length, BigInt(`0x${hex}`))
  return Number.isSafeInteger(Number(value)) ? Number(value) : value
}

const tuple =
  (length: number): Run =>
  (m) =>
    m.push(m.popMany(length))

/** The opcodes of protocols 1 to 5 that build data; all others are refused. Names as in Python's pickletools. */
const named: Record<string, [code: string | number, run: Run]> = {
  MARK: ['(', (m) => m.mark()],
  POP: ['0', (m) => m.pop()],
  POP_MARK: ['1', (m) => m.sinceMark()],
  DUP: ['2', (m) => m.push(m.top())],
  FRAME: [0x95, (m) => m.take(8)],

  NONE: ['N', (m) => m.push(null)],
  NEWTRUE: [0x88, (m) => m.push(true)],
  NEWFALSE: [0x89, (m) => m.push(false)],
  BININT: ['J', (m) => m.push(m.number(4, (view, at) => view.getInt32(at, true)))],
  BININT1: ['K', (m) => m.push(m.uint8())],
  BININT2: ['M', (m) => m.push(m.number(2, (view, at) => view.getUint16(at, true)))],
  LONG1: [0x8a, (m) => m.push(long(m, m.uint8()))],
  LONG4: [0x8b, (m) => m.push(long(m, m.uint32()))],
  BINFLOAT: ['G', (m) => m.push(m.number(8, (view, at) => view.getFloat64(at)))],

  // Python 2 strings become Latin-1 strings: a byte stays one character.
  SHORT_BINSTRING: ['U', (m) => m.push(m.text(m.uint8(), 'latin1'))],
  BINSTRING: [
    'T',
    (m) =>
      m.push(
        m.text(
          m.number(4, (view, at) => view.getInt32(at, true)),
          'latin1',
        ),
      ),
  ],
  SHORT_BINUNICODE: [0x8c, (m) => m.push(m.text(m.uint8(), 'utf8'))],
  BINUNICODE: ['X', (m) => m.push(m.text(m.uint32(), 'utf8'))],
  BINUNICODE8: [0x8d, (m) => m.push(m.text(m.uint64(), 'utf8'))],
  SHORT_BINBYTES: ['C', (m) => m.push(m.take(m.uint8()))],
  BINBYTES: ['B', (m) => m.push(m.take(m.uint32()))],
  BINBYTES8: [0x8e, (m) => m.push(m.take(m.uint64()))],
  BYTEARRAY8: [0x96, (m) => m.push(m.take(m.uint64()))],

  EMPTY_TUPLE: [')', (m) => m.push([])],
  TUPLE1: [0x85, tuple(1)],
  TUPLE2: [0x86, tuple(2)],
  TUPLE3: [0x87, tuple(3)],
  TUPLE: ['t', (m) => m.push(m.sinceMark())],
  EMPTY_LIST: [']', (m) => m.push([])],
  APPEND: ['a', (m) => append(m, [m.pop()])],
  APPENDS: ['e', (m) => append(m, m.sinceMark())],
  EMPTY_DICT: ['}', (m) => m.push(new Map())],
  SETITEM: ['s', (m) => setItems(m, m.popMany(2))],
  SETITEMS: ['u', (m) => setItems(m, m.sinceMark())],
  EMPTY_SET: [0x8f, (m) => m.push(new Set())],
  FROZENSET: [0x91, (m) => m.push(new Set(m.sinceMark()))],
  ADDITEMS: [0x90, (m) => addItems(m, m.sinceMark())],

  BINPUT: ['q', (m) => m.remember(m.uint8())],
  LONG_BINPUT: ['r', (m) => m.remember(m.uint32())],
  MEMOIZE: [0x94, (m) => m.remember()],
  BINGET: ['h', (m) => m.recall(m.uint8())],
  LONG_BINGET: ['j', (m) => m.recall(m.uint32())],

  GLOBAL: ['c', (m) => m.push(m.global(m.line(), m.line()))],
  STACK_GLOBAL: [0x93, (m) => m.push(m.global(...(m.popMany(2) as [unknown, unknown])))],
  REDUCE: ['R', (m) => callBelow(m)],
  NEWOBJ: [0x81, (m) => callBelow(m)],
  NEWOBJ_EX: [0x92, (m) => call(m, ...(m.popMany(3).slice(0, 2) as [unknown, unknown]))], // keywords are not needed
  INST: [
    'i',
    (m) => {
      const callable = m.global(m.line(), m.line())
      call(m, callable, m.sinceMark())
    },
  ],
  OBJ: [
    'o',
    (m) => {
      const [callable, ...args] = m.sinceMark()
      call(m, callable, args)
    },
  ],
  BUILD: ['b', (m) => build(m, m.pop())],
  BINPERSID: ['Q', (m) => m.push(m.persistent(m.pop()))],
}

/** No function that a pickle of data calls takes more. */
const maxArguments = 16

const callBelow = (m: PickleMachine): void => call(m, ...(m.popMany(2) as [unknown, unknown]))

/**
 * Only what the table of globals holds is called; a call of anything unknown becomes an inert object, where those are
 * allowed.
 */
function call(m: PickleMachine, callable: unknown, args: unknown): void {
  const isKnown = typeof callable === 'function' && Array.isArray(args) && args.length <= maxArguments
  if (isKnown) m.push(callable(...args))
  else if (m.unknownNames === 'refused' || !Array.isArray(args))
    m.refuse(`a call of what is no function at byte ${m.at}`)
  else m.push(new InertObject(pathOf(callable), args))
}

function append(m: PickleMachine, values: readonly unknown[]): void {
  const top = m.top()
  const list = top instanceof InertObject ? top.items : m.topAs(Array, 'a list')
  for (const value of values) list.push(value)
}

function addItems(m: PickleMachine, values: readonly unknown[]): void {
  const top = m.top()
  if (top instanceof InertObject) append(m, values)
  else for (const value of values) m.topAs(Set, 'a set').add(value)
}

function build(m: PickleMachine, state: unknown): void {
  const object = m.top() as Partial<Stateful> | null
  if (typeof object?.setState !== 'function') m.refuse(`a state for what takes none at byte ${m.at}`)
  else object.setState(state)
}

export const opcodes: ReadonlyMap<number, Run> = new Map(
  Object.values({ ...named, ...textOpcodes }).map(([code, run]) => [
    typeof code === 'string' ? code.charCodeAt(0) : code,
    run,
  ]),
)

/** Opcodes that could run or reach something, by name, for the message that refuses them. */
export const refusedNames: Readonly<Record<number, string>> = {
  130: 'EXT1',
  131: 'EXT2',
  132: 'EXT4',
  151: 'NEXT_BUFFER',
  152: 'READONLY_BUFFER',
}
