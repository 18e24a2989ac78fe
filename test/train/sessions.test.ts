import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { describeBackends } from '../../src/train/sessions.js'
import { temporaryFolders } from './support.js'

const newFolder = temporaryFolders()

it.each([
  ['one', [[0, 'wasm, 1 thread']], 'wasm, 1 thread'],
  [
    'the same when it went on',
    [
      [0, 'wasm, 1 thread'],
      [620, 'wasm, 1 thread'],
    ],
    'wasm, 1 thread',
  ],
  [
    'another from a step on',
    [
      [0, 'wasm, 1 thread'],
      [620, 'wasm, 2 threads'],
    ],
    'wasm, 1 thread; from step 620 on wasm, 2 threads',
  ],
  [
    'one whose steps were done again',
    [
      [0, 'wasm, 1 thread'],
      [620, 'reference'],
      [620, 'wasm, 1 thread'],
    ],
    'wasm, 1 thread',
  ],
  ['none', [], null],
] as const)('what a run was computed on: %s', (_, sessions, expected) => {
  const folder = newFolder()
  const lines = sessions.map(([step, backend]) => `${JSON.stringify({ step, backend })}\n`)
  writeFileSync(join(folder, 'sessions.jsonl'), `${lines.join('')}{"step":900,"back`)
  expect(describeBackends(folder)).toBe(expected)
})

it('what a run was computed on is not known without its sessions', () => {
  expect(describeBackends(newFolder())).toBeNull()
})
