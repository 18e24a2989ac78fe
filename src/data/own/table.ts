import { parseString } from 'fast-csv'
import { DataError } from '../../tensor/errors.js'

/** A list as a table of texts. */
export interface Table {
  /** What messages call it. */
  name: string
  /** Names of the columns; null where the list does not begin with them (see `withHeader`). */
  header: readonly string[] | null
  rows: Row[]
  /** What was assumed, one line each. */
  notes: string[]
}

export interface Row {
  /** In the file, from 1. */
  line: number
  cells: readonly string[]
}

/** Files that may be lists. */
export const isList = (path: string): boolean => /\.(csv|tsv|txt|lst|jsonl|ndjson)$/i.test(path)

/**
 * A list as other tools write it: comma, semicolon, tab, bar or, in text files, spaces between columns; with or without a byte-order mark;
 * UTF-8, UTF-16 or, failing those, Windows-1252; Excel's line `sep=;`; or an object a line (JSON Lines).
 * @throws DataError if it cannot be read as that
 */
export async function readTable(bytes: Uint8Array, name: string): Promise<Table> {
  const notes: string[] = []
  const text = decodeText(bytes, name, notes)
  if (/\.(jsonl|ndjson)$/i.test(name)) return jsonTable(text, name, notes)
  const declared = /^sep=(.)\r?\n/i.exec(text)
  const body = declared ? text.slice(declared[0].length) : text
  const delimiter = declared?.[1] ?? delimiterOf(body, name)
  const rows = delimiter === ' ' ? spacedRows(body) : await parseRows(body, delimiter, name)
  if (declared) for (const row of rows) row.line++
  return { name, header: null, rows, notes }
}

/** The table with its first row as names of columns. */
export function withHeader(table: Table): Table {
  const [first, ...rows] = table.rows
  return first ? { ...table, header: first.cells.map((cell) => cell.trim()), rows } : table
}

/** The text of a list, whatever wrote it. */
export function decodeText(bytes: Uint8Array, name: string, notes: string[]): string {
  const [a, b] = bytes
  if (a === 0xff && b === 0xfe) return new TextDecoder('utf-16le').decode(bytes)
  if (a === 0xfe && b === 0xff) return new TextDecoder('utf-16be').decode(bytes)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes) // without the byte-order mark
  } catch {
    notes.push(`${name} is not UTF-8: it is read as Windows-1252`)
    return new TextDecoder('windows-1252').decode(bytes)
  }
}

/** The one of the usual delimiters that the first line has most of, outside of quotes. */
function delimiterOf(text: string, name: string): string {
  const line = text.split(/\r?\n|\r/, 50).find((candidate) => candidate.trim() !== '' && !isComment(candidate)) ?? ''
  const bare = line.replace(/"[^"]*"/g, '')
  const counts = [',', ';', '\t', '|'].map((sign) => [sign, bare.split(sign).length - 1] as const)
  const [sign, count] = counts.reduce((best, next) => (next[1] > best[1] ? next : best))
  if (count > 0) return sign
  return /\.(txt|lst)$/i.test(name) ? ' ' : ','
}

const isComment = (line: string): boolean => line.startsWith('#')

/** `path label`: the first word, and the rest of the line. */
function spacedRows(text: string): Row[] {
  return text.split(/\r\n|\n|\r/).flatMap((line, i): Row[] => {
    if (line.trim() === '' || isComment(line)) return []
    const words = line.trim().split(/\s+/)
    const areNumbers = words.slice(1).every((word) => /^-?\d+$/.test(word))
    const cells = areNumbers ? words : [words[0]!, words.slice(1).join(' ')]
    return [{ line: i + 1, cells }]
  })
}

async function parseRows(text: string, delimiter: string, name: string): Promise<Row[]> {
  const rows: Row[] = []
  let line = 0
  try {
    const parser = parseString<string[], string[]>(text, { delimiter, ignoreEmpty: false, trim: false })
    for await (const cells of parser as AsyncIterable<string[]>) {
      line++
      if (cells.some((cell) => cell.trim() !== '') && !isComment(cells[0] ?? '')) rows.push({ line, cells })
    }
  } catch (error) {
    throw new DataError(`${name}: not a list that can be read (${(error as Error).message})`)
  }
  return rows
}

function jsonTable(text: string, name: string, notes: string[]): Table {
  const columns: string[] = []
  const rows: Row[] = []
  for (const [i, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue
    let value: unknown
    try {
      value = JSON.parse(line)
    } catch (error) {
      throw new DataError(`${name}: line ${i + 1} is not JSON (${(error as Error).message})`)
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new DataError(`${name}: line ${i + 1}: expected an object, got ${JSON.stringify(value)}`)
    }
    const entries = Object.entries(value)
    for (const [key] of entries) if (!columns.includes(key)) columns.push(key)
    const texts = new Map(entries.map(([key, cell]) => [key, cellOf(cell)]))
    rows.push({ line: i + 1, cells: columns.map((key) => texts.get(key) ?? '') })
  }
  return { name, header: columns, rows, notes }
}

/** Nested values are no labels and no paths. */
const cellOf = (value: unknown): string => (value === null || typeof value === 'object' ? '' : String(value))
