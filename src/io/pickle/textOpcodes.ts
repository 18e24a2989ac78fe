import type { PickleMachine } from './machine.js'
import type { Run } from './opcodes.js'

/** The opcodes of protocol 0, whose arguments are lines of text. */
export const textOpcodes: Readonly<Record<string, [code: string, run: Run]>> = {
  INT: ['I', (m) => m.push(readInt(m))],
  LONG: ['L', (m) => m.push(wholeNumber(m, m.line().replace(/L$/, '')))],
  FLOAT: ['F', (m) => m.push(Number(m.line()))],
  STRING: ['S', (m) => m.push(unquote(m, m.line()))],
  UNICODE: ['V', (m) => m.push(unescapeUnicode(m.line()))],
  LIST: ['l', (m) => m.push(m.sinceMark())],
  DICT: ['d', (m) => m.push(dictOf(m, m.sinceMark()))],
  PUT: ['p', (m) => m.remember(Number(m.line()))],
  GET: ['g', (m) => m.recall(Number(m.line()))],
  PERSID: ['P', (m) => m.push(m.persistent(m.line()))],
}

/** `I01` and `I00` are truth values, whole numbers otherwise. */
function readInt(m: PickleMachine): boolean | number | bigint {
  const line = m.line()
  if (line === '01') return true
  if (line === '00') return false
  return wholeNumber(m, line)
}

/** No whole number in a pickle of data has more digits. */
const maxDigits = 1000

function wholeNumber(m: PickleMachine, text: string): number | bigint {
  if (!/^[+-]?\d+$/.test(text) || text.length > maxDigits) m.refuse(`no whole number before byte ${m.at}`)
  return Number.isSafeInteger(Number(text)) ? Number(text) : BigInt(text.replace('+', ''))
}

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', a: '\x07', b: '\b', f: '\f', v: '\v' }

/** A string as Python's `repr` writes it, one character a byte. */
function unquote(m: PickleMachine, line: string): string {
  const [, , inner] = /^(['"])(.*)\1$/s.exec(line) ?? []
  if (inner === undefined) return m.refuse(`no quoted string before byte ${m.at}`)
  return inner.replace(/\\(x[\da-f]{2}|[0-7]{1,3}|[^x])/gis, (_, code: string) => {
    if (code.startsWith('x')) return String.fromCharCode(Number.parseInt(code.slice(1), 16))
    if (/^[0-7]/.test(code)) return String.fromCharCode(Number.parseInt(code, 8) & 0xff)
    return escapes[code] ?? code
  })
}

/** Python's raw-unicode-escape: `\uXXXX`, `\UXXXXXXXX`, all else Latin-1. */
const unescapeUnicode = (line: string): string =>
  line.replace(/\\u([\da-f]{4})|\\U([\da-f]{8})/gi, (all, short?: string, long?: string) => {
    const code = Number.parseInt(short ?? long!, 16)
    return code <= 0x10ffff ? String.fromCodePoint(code) : all
  })

function dictOf(m: PickleMachine, pairs: readonly unknown[]): Map<unknown, unknown> {
  if (pairs.length % 2 !== 0) m.refuse(`a key without a value at byte ${m.at}`)
  return new Map(Array.from({ length: pairs.length / 2 }, (_, i) => [pairs[2 * i], pairs[2 * i + 1]]))
}
