import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { writeFileAtomic } from '../../src/io/atomic.js'
import { DataError } from '../../src/tensor/errors.js'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ghostgrad-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

it('writes text and bytes, and replaces what was there', () => {
  const path = join(folder, 'a')
  writeFileAtomic(path, 'first, and longer')
  expect(readFileSync(path, 'utf8')).toBe('first, and longer')
  writeFileAtomic(path, Uint8Array.of(1, 2))
  expect([...readFileSync(path)]).toEqual([1, 2])
  expect(readdirSync(folder)).toEqual(['a'])
})

it('says what it cannot write, and leaves no temporary file', () => {
  const inNothing = join(folder, 'none', 'a')
  expect(() => writeFileAtomic(inNothing, '')).toThrow(DataError)
  expect(() => writeFileAtomic(inNothing, '')).toThrow(`${inNothing}: cannot be written (ENOENT`)
  const path = join(folder, 'folder')
  mkdirSync(path)
  expect(() => writeFileAtomic(path, 'x')).toThrow(`${path}: cannot be written (`)
  expect(readdirSync(folder)).toEqual(['folder'])
})
