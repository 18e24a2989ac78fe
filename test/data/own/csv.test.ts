import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../support.js'
import { load, plainImage, shades, writeFiles } from './support.js'

async function listed(csv: string): Promise<string> {
  const root = temporaryFolder()
  const image = await plainImage(shades.lime!)
  writeFiles(root, {
    'set/a/1.png': image,
    'set/a/2.png': image,
    'set/b/ü 3.png': image,
    'set/4.png': image,
    'out.png': image,
  })
  writeFiles(root, { 'set/list.csv': csv })
  return join(root, 'set', 'list.csv')
}

describe('a CSV list', () => {
  it('names images, labels and splits', async () => {
    const { train, validation, test, report } = await load(
      await listed('path,label,split\na/1.png,cat,train\na/2.png,dog,train\n"b/ü 3.png","dog",val\n4.png,cat,test\n'),
    )
    expect(train.classes).toEqual(['cat', 'dog'])
    expect([[...train.labels], [...validation!.labels], [...test.labels]]).toEqual([[0, 1], [1], [0]])
    expect(report.kind).toBe('list')
    expect(report.notes).toEqual(['list.csv: images by "path", labels by "label", splits by "split"'])
  })

  it('may lack the splits, and have its columns in any order, and others', async () => {
    const { train, test } = await load(
      await listed('label,note,Path\n10,x,a/1.png\n9,y,a/2.png\n9,z,4.png\n10,,b/ü 3.png\n'),
    )
    expect(train.classes).toEqual(['9', '10']) // numbers in their order
    expect([train.count, test.count]).toEqual([2, 2])
  })

  it('lists rows that cannot be used', async () => {
    const file = await listed(
      'path,label,split\na/1.png,cat,train\na/2.png,dog,test\n../out.png,cat,train\n/etc/passwd,cat,train\ngone.png,dog,train\n' +
        '4.png,,train\n4.png,cat,someday\n,cat,train\n',
    )
    const { report } = await load(file, { skipBad: true })
    expect(report.bad).toEqual([
      { name: '../out.png (row 4)', reason: 'lies outside of the folder' },
      { name: '/etc/passwd (row 5)', reason: 'lies outside of the folder' },
      { name: 'gone.png (row 6)', reason: 'no such file' },
      { name: '4.png (row 7)', reason: 'has no label' },
      { name: '4.png (row 8)', reason: 'expected the split train, test or val, got "someday"' },
      { name: 'row 9', reason: 'has no path' },
    ])
  })

  it.each([
    [
      'without a label column',
      'path,size,date\na/1.png,3,4\n',
      /expected a column of paths .* and one of labels .*, got path, size, date/,
    ],
    ['that is empty', '', /at least two classes/],
    ['with an open quote', 'path,label\n"a/1.png,cat\n', /not a list that can be read/],
  ])('%s is refused', async (_, csv, message) => {
    await expect(load(await listed(csv))).rejects.toThrow(message)
  })
})
