import { expect, it } from 'vitest'
import { newerNodeNote } from '../../cli/olderNode.js'

const old = { versions: { node: '20.19.0' }, arch: 'x64', processorFlags: ['sse2', 'avx2', 'fma'] }

it('says what a newer Node.js would bring to a processor with 256-bit vectors', () => {
  expect(newerNodeNote(old)).toBe(
    "Node.js 24 or later would be faster here: it computes with this processor's 256-bit vectors, 20.19.0 with 128 bits",
  )
  expect(newerNodeNote({ ...old, versions: { node: '22.12.0' }, processorFlags: null })).toContain('22.12.0')
})

it('says nothing where a newer one would bring nothing', () => {
  expect(newerNodeNote({ ...old, versions: { node: '24.0.0' } })).toBeNull()
  expect(newerNodeNote({ ...old, versions: { node: '26.1.0' } })).toBeNull()
  expect(newerNodeNote({ ...old, arch: 'arm64' })).toBeNull()
  expect(newerNodeNote({ ...old, processorFlags: ['sse2', 'avx2'] })).toBeNull()
  expect(newerNodeNote({ ...old, versions: { node: '20.19.0', bun: '1.2.0' } })).toBeNull()
  expect(newerNodeNote({ ...old, versions: { node: '20.19.0', deno: '2.0.0' } })).toBeNull()
})
