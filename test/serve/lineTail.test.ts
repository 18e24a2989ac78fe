import { appendFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { LineTail } from '../../src/serve/lineTail.js'
import { temporaryFolders } from '../train/support.js'

const newFolder = temporaryFolders()

function tailOf(path: string) {
  let lines: string[] = []
  const tail = new LineTail(
    path,
    (line) => lines.push(line),
    () => {
      lines = []
    },
  )
  return async () => {
    await tail.read()
    return lines
  }
}

describe('LineTail', () => {
  it('gives each line once, and one without an end not before it has it', async () => {
    const path = join(newFolder(), 'log')
    const read = tailOf(path)
    expect(await read()).toEqual([])
    writeFileSync(path, 'a\nb\nc')
    expect(await read()).toEqual(['a', 'b'])
    expect(await read()).toEqual(['a', 'b'])
    appendFileSync(path, 'c\n\nd\n')
    expect(await read()).toEqual(['a', 'b', 'cc', '', 'd'])
  })

  it('reads anew what was cut back, also where it has grown beyond its old length since', async () => {
    const path = join(newFolder(), 'log')
    const read = tailOf(path)
    writeFileSync(path, 'one\ntwo\nthree\n')
    await read()
    truncateSync(path, 4)
    expect(await read()).toEqual(['one'])
    appendFileSync(path, 'TWO\n')
    expect(await read()).toEqual(['one', 'TWO'])
    truncateSync(path, 4)
    appendFileSync(path, 'again, and much longer than before\n')
    expect(await read()).toEqual(['one', 'again, and much longer than before'])
    rmSync(path)
    expect(await read()).toEqual([])
  })

  it('takes characters apart nowhere, though it reads in pieces', async () => {
    const path = join(newFolder(), 'log')
    const line = 'ä€😀'.repeat(100)
    writeFileSync(path, `${line}\n`.repeat(2000)) // 1.8 MB
    const lines = await tailOf(path)()
    expect([lines.length, lines.every((read) => read === line)]).toEqual([2000, true])
  })
})
