import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadManifest } from '../../src/data/cifar10.js'
import { recordsFromPickle } from '../../src/data/cifarPython.js'
import { readPickle } from '../../src/io/pickle/reader.js'
import { md5, pickledBatch, recordFiles, smallManifest, tarGz, temporaryFolder, text } from './support.js'

describe('the Python version', () => {
  test('a batch becomes the records of the binary version', () => {
    const records = recordFiles['data_batch_1.bin']!
    expect(md5(recordsFromPickle('data_batch_1', pickledBatch(records)))).toBe(md5(records))
  })

  test('archive and folder load like the binary version', async () => {
    const folder = temporaryFolder()
    const inside = Object.fromEntries(
      Object.entries(recordFiles).map(([name, bytes]) => [
        `cifar-10-batches-py/${name.replace('.bin', '')}`,
        pickledBatch(bytes),
      ]),
    )
    mkdirSync(join(folder, 'cifar-10-batches-py'))
    for (const [name, bytes] of Object.entries(inside)) writeFileSync(join(folder, name), bytes)
    const archive = join(folder, 'cifar-10-python.tar.gz')
    writeFileSync(archive, await tarGz(inside))
    for (const from of [archive, folder]) {
      const { train, test: held } = await loadManifest(smallManifest(), { dataDir: temporaryFolder(), from })
      expect([train.count, held.count]).toEqual([40, 20])
    }
  })

  test('a global outside the table is refused, not run', () => {
    const evil = text('\x80\x02cos\nsystem\n(U\x04echotR.')
    expect(() => recordsFromPickle('evil', evil)).toThrow(
      /evil: expected a CIFAR-10 batch of the Python version \(pickle: os.system is not allowed here; allowed: numpy/,
    )
  })

  test('other damage is named too', () => {
    const whole = pickledBatch(recordFiles['test_batch.bin']!)
    expect(() => recordsFromPickle('half', whole.subarray(0, 9000))).toThrow('half: expected a CIFAR-10 batch')
    expect(() => recordsFromPickle('list', text('\x80\x02].'))).toThrow("list: expected a dict with a list 'labels'")
    expect(() => recordsFromPickle('thin', pickledBatch(recordFiles['test_batch.bin']!, 100))).toThrow(
      'thin: expected data (20, 3072), got (20, 100)',
    )
  })
})

describe('readPickle', () => {
  test('plain data', () => {
    // pickle.dumps({'a': [1, -2, 300], 'b': (True, None), 'c': 'é'}, 2) of Python 3
    const bytes = Buffer.from(
      '80027d71002858010000006171015d7102284b014afeffffff4d2c016558010000006271038' +
        '84e86710458010000006371055802000000c3a97106752e',
      'hex',
    )
    expect(readPickle(bytes, {})).toEqual(
      new Map<string, unknown>([
        ['a', [1, -2, 300]],
        ['b', [true, null]],
        ['c', 'é'],
      ]),
    )
  })

  test('what it does not read', () => {
    expect(() => readPickle(Buffer.of(0x80, 6), {})).toThrow('pickle: expected protocol 5 or lower, got 6')
    expect(() => readPickle(text('\x80\x05\x97'), {})).toThrow('pickle: opcode NEXT_BUFFER at byte 2 is not allowed')
    expect(() => readPickle(text('\x80\x02K'), {})).toThrow('pickle: cut short at byte 3')
  })
})
