import fc from 'fast-check'

/** One change of a file's bytes; positions are fractions of the length, so that they fit files of every size. */
type Mutation =
  | { kind: 'flip'; at: number; bit: number }
  | { kind: 'set'; at: number; bytes: number[] }
  | { kind: 'number'; at: number; width: 1 | 2 | 4 | 8; value: bigint; littleEndian: boolean }
  | { kind: 'cut'; at: number }
  | { kind: 'remove' | 'repeat'; at: number; length: number }
  | { kind: 'insert'; at: number; bytes: number[] }
  | { kind: 'token'; at: number; text: string }

/** Numbers that lengths, counts and offsets go wrong at. */
const edges = [
  0n,
  1n,
  -1n,
  2n,
  127n,
  128n,
  255n,
  2n ** 15n,
  2n ** 16n - 1n,
  2n ** 31n - 1n,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 53n,
  2n ** 63n - 1n,
]

/** Words that readers of text and of names may trip over. */
const tokens = [
  ...[
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    '../../etc/passwd',
    '/etc/passwd',
    'C:\\x',
    '\0',
    '\n',
    '\r\n',
    '"',
    "'",
    '{',
    '}',
    '[',
    ']',
  ],
  ...[
    ':',
    ',',
    '-',
    '-1',
    '1e999',
    '-0',
    'NaN',
    'Infinity',
    '99999999999999999999',
    '0x10',
    '!!js/function',
    '&a',
    '*a',
    '<<',
    'cos\nsystem\n',
    'c__builtin__\neval\n',
    '\u{1f47b}',
    '\ufeff',
    '\ud800',
  ],
]

const at = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true })
const few = fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 1, maxLength: 16 })

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('flip' as const), at, bit: fc.integer({ min: 0, max: 7 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('set' as const), at, bytes: few }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('number' as const),
      at,
      width: fc.constantFrom(1 as const, 2 as const, 4 as const, 8 as const),
      value: fc.constantFrom(...edges),
      littleEndian: fc.boolean(),
    }),
  },
  fc.record({ kind: fc.constant('cut' as const), at }),
  fc.record({
    kind: fc.constantFrom('remove' as const, 'repeat' as const),
    at,
    length: fc.integer({ min: 1, max: 4096 }),
  }),
  fc.record({ kind: fc.constant('insert' as const), at, bytes: few }),
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('token' as const), at, text: fc.constantFrom(...tokens) }) },
)

function splice(bytes: Uint8Array, from: number, removed: number, added: Uint8Array): Uint8Array {
  return Buffer.concat([bytes.subarray(0, from), added, bytes.subarray(from + removed)])
}

function apply(bytes: Uint8Array, change: Mutation): Uint8Array {
  const position = Math.floor(change.at * bytes.length)
  switch (change.kind) {
    case 'flip': {
      const out = Uint8Array.from(bytes)
      if (out.length > 0) out[position]! ^= 1 << change.bit
      return out
    }
    case 'set':
      return splice(bytes, position, change.bytes.length, Uint8Array.from(change.bytes))
    case 'number': {
      const number = Buffer.alloc(8)
      number.writeBigInt64LE(BigInt.asIntN(64, change.value))
      const little = number.subarray(0, change.width)
      return splice(bytes, position, change.width, change.littleEndian ? little : Buffer.from(little).reverse())
    }
    case 'cut':
      return bytes.subarray(0, position)
    case 'remove':
      return splice(bytes, position, change.length, new Uint8Array())
    case 'repeat':
      return splice(bytes, position, 0, bytes.subarray(position, position + change.length))
    case 'insert':
      return splice(bytes, position, 0, Uint8Array.from(change.bytes))
    case 'token':
      return splice(bytes, position, 0, Buffer.from(change.text))
  }
}

/** Where the interesting part of most formats is: half of all changes fall into the first part of a file. */
const towardsTheFront = (change: Mutation, front: boolean): Mutation =>
  front ? { ...change, at: change.at ** 4 } : change

/** One of the samples after a few changes, or, seldom, bytes that resemble nothing. */
export function mutated(samples: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  const changed = fc
    .record({
      sample: fc.constantFrom(...samples),
      changes: fc.array(fc.tuple(mutation, fc.boolean()), { minLength: 1, maxLength: 5 }),
    })
    .map(({ sample, changes }) =>
      changes.reduce((bytes, [change, front]) => apply(bytes, towardsTheFront(change, front)), sample),
    )
  return fc.oneof({ weight: 19, arbitrary: changed }, fc.uint8Array({ maxLength: 512 }))
}
