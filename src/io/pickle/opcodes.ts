import type { PickleMachine, Stateful } from './machine.js'

type Run = (m: PickleMachine) => void

const setItems = (m: PickleMachine, pairs: unknown[]): void => {
  const map = m.topAs(Map, 'a dict')
  if (pairs.length % 2 !== 0) m.refuse(`a key without a value at byte ${m.at}`)
  for (let i = 0; i < pairs.length; i += 2) map.set(pairs[i], pairs[i + 1])
}

/** A whole number of any size; one that a number of JavaScript's can hold is one. */
function long(m: PickleMachine): number | bigint {
  const bytes = m.take(m.uint8())
  if (bytes.length === 0) return 0
  const hex = Buffer.from(bytes).reverse().toString('hex')
  const value = BigInt.asIntN(8 * bytes.length, BigInt(`0x${hex}`))
  return Number.isSafeInteger(Number(value)) ? Number(value) : value
}

const tuple =
  (length: number): Run =>
  (m) =>
    m.push(m.popMany(length))

/** The opcodes of protocols 2 to 5 that build data; all others are refused. Names as in Python's pickletools. */
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
  LONG1: [0x8a, (m) => m.push(long(m))],
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
  REDUCE: ['R', (m) => call(m)],
  NEWOBJ: [0x81, (m) => call(m)],
  BUILD: ['b', (m) => build(m, m.pop())],
  BINPERSID: ['Q', (m) => m.push(persistent(m, m.pop()))],
}

/** No function that a pickle of data calls takes more. */
const maxArguments = 16

/** Call what lies below its arguments; only what the table of globals holds can be there as a function. */
function call(m: PickleMachine): void {
  const [callable, args] = m.popMany(2)
  const isCall = typeof callable === 'function' && Array.isArray(args) && args.length <= maxArguments
  if (!isCall) m.refuse(`a call of what is no function at byte ${m.at}`)
  else m.push(callable(...args))
}

function append(m: PickleMachine, values: unknown[]): void {
  const list = m.topAs(Array, 'a list')
  for (const value of values) list.push(value)
}

function addItems(m: PickleMachine, values: unknown[]): void {
  const set = m.topAs(Set, 'a set')
  for (const value of values) set.add(value)
}

function build(m: PickleMachine, state: unknown): void {
  const object = m.top() as Partial<Stateful> | null
  if (typeof object?.setState !== 'function') m.refuse(`a state for what takes none at byte ${m.at}`)
  else object.setState(state)
}

const persistent = (m: PickleMachine, id: unknown): unknown =>
  m.persistentLoad ? m.persistentLoad(id) : m.refuse(`a reference to outside data at byte ${m.at}`)

export const opcodes: ReadonlyMap<number, Run> = new Map(
  Object.values(named).map(([code, run]) => [typeof code === 'string' ? code.charCodeAt(0) : code, run]),
)

/** Opcodes that could run or reach something, by name, for the message that refuses them. */
export const refusedNames: Readonly<Record<number, string>> = {
  105: 'INST',
  111: 'OBJ',
  146: 'NEWOBJ_EX',
  130: 'EXT1',
  131: 'EXT2',
  132: 'EXT4',
  80: 'PERSID',
}
