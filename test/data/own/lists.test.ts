import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../support.js'
import { load, plainImage, shades, writeFiles } from './support.js'

let image: Buffer

beforeAll(async () => {
  image = await plainImage(shades.lime!)
})

/** Four images in two folders, and a list beside them. */
function listed(name: string, list: string | Uint8Array): string {
  const root = temporaryFolder()
  for (const path of ['a/1.png', 'a/2.png', 'b/\u00fc 3.png', '4.png']) writeFiles(root, { [path]: image })
  writeFiles(root, { [name]: list })
  return root
}

const labelsOf = async (path: string, options = {}) => {
  const { train, test } = await load(path, { testShare: 0.5, ...options })
  return { classes: train.classes, count: train.count + test.count }
}

const four = { classes: ['cat', 'dog'], count: 4 }
const rows = (separator: string) =>
  ['a/1.png', 'a/2.png', 'b/\u00fc 3.png', '4.png'].map((path, i) => `${path}${separator}${i % 2 ? 'dog' : 'cat'}`)

describe('lists as other tools write them', () => {
  const utf16 = (text: string) => Buffer.concat([Uint8Array.of(0xff, 0xfe), Buffer.from(text, 'utf16le')])
  it.each<[string, string, string | Uint8Array]>([
    ['with a byte-order mark', 'l.csv', `\ufeffpath,label\n${rows(',').join('\n')}\n`],
    ['with semicolons', 'l.csv', `filename;class\r\n${rows(';').join('\r\n')}\r\n`],
    ['with the line sep=', 'l.csv', `sep=;\r\nfilename;class\r\n${rows(';').join('\r\n')}\r\n`],
    ['with tabs', 'l.tsv', `image\tlabel\n${rows('\t').join('\n')}\n`],
    ['as the Unicode text of Excel', 'l.txt', utf16(`image\tlabel\r\n${rows('\t').join('\r\n')}\r\n`)],
    ['in Windows-1252', 'l.csv', Buffer.from(`path,label\n${rows(',').join('\n')}\n`, 'latin1')],
    ['without names of columns', 'l.csv', `${rows(',').join('\n')}\n`],
    ['with backslashes', 'l.csv', `path,label\n${rows(',').join('\n').replaceAll('/', '\\')}\n`],
    ['with the other Unicode form', 'l.csv', `path,label\n${rows(',').join('\n').normalize('NFD')}\n`],
    [
      'without endings, in other case',
      'l.csv',
      `image_id,breed\n${rows(',').join('\n').replaceAll('.png', '').toUpperCase().replaceAll('CAT', 'cat').replaceAll('DOG', 'dog')}\n`,
    ],
    [
      'made a folder above',
      'l.csv',
      `path,label\n${rows(',')
        .map((row) => `data/set/${row}`)
        .join('\n')}\n`,
    ],
    [
      'as JSON Lines',
      'l.jsonl',
      rows('|')
        .map((row) => JSON.stringify({ file_name: row.split('|')[0], label: row.split('|')[1], boxes: [1] }))
        .join('\n'),
    ],
    [
      'with a column for each class',
      'l.csv',
      `image,cat,dog\n${rows(',')
        .map((row) => row.replace('dog', '0,1').replace('cat', '1.0,0.0'))
        .join('\n')}\n`,
    ],
  ])('%s', async (_, name, list) => {
    const root = listed(name, list)
    expect(await labelsOf(join(root, name))).toEqual(four)
    expect(await labelsOf(root, { labels: name })).toEqual(four)
  })

  it('with absolute paths in the folder', async () => {
    const root = listed('l.csv', '')
    writeFiles(root, {
      'l.csv': `path,label\n${rows(',')
        .map((row) => join(root, row))
        .join('\n')}\n`,
    })
    expect(await labelsOf(join(root, 'l.csv'))).toEqual(four)
  })

  it('may lie elsewhere, and have their columns named', async () => {
    const root = listed('unused.txt', '')
    const elsewhere = join(temporaryFolder(), 'l.csv')
    writeFiles(join(elsewhere, '..'), {
      'l.csv': `a,where,b,kind\n${rows(',')
        .map((row) => `0,${row.replace(',', ',1,')}`)
        .join('\n')}\n`,
    })
    const options = { labels: elsewhere, imageColumn: 'where', labelColumn: 'kind' }
    expect(await labelsOf(root, options)).toEqual(four)
    await expect(load(root, { ...options, labelColumn: 'sort' })).rejects.toThrow(
      /expected a column "sort", got a, where, b, kind/,
    )
    await expect(load(root, { labels: join(root, 'none.csv') })).rejects.toThrow(/there is no file .*none\.csv/)
  })

  it('say which column was taken where there are several', async () => {
    const { report } = await load(
      join(
        listed(
          'l.csv',
          `path,label,category\n${rows(',')
            .map((row) => `${row},x`)
            .join('\n')}\n`,
        ),
        'l.csv',
      ),
    )
    expect(report.notes[0]).toBe(
      'l.csv: images by "path", labels by "label" (there is "category" too: --label-column chooses)',
    )
  })

  it('do not take an image of another folder for one that is not there', async () => {
    const root = listed('l.csv', 'path,label\na/1.png,cat\na/2.png,dog\nb/1.png,dog\n')
    const { report } = await load(join(root, 'l.csv'), { skipBad: true })
    expect(report.bad).toEqual([{ name: 'b/1.png (row 4)', reason: 'no such file' }])
  })

  it('with a split of train in every row are divided', async () => {
    const root = listed(
      'l.csv',
      `path,label,split\n${rows(',')
        .map((row) => `${row},train`)
        .join('\n')}\n`,
    )
    const { train, test } = await load(join(root, 'l.csv'))
    expect([train.count, test.count]).toEqual([2, 2])
  })
})
