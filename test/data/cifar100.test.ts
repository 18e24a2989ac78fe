import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Cifar100Manifest, loadCifar100 } from '../../src/data/cifar100.js'
import { cifar100Classes } from '../../src/data/cifar100Classes.js'
import { recordBytes } from '../../src/data/cifarRecords.js'
import { md5, pickledBatch, recordFiles, tarGz, temporaryFolder } from './support.js'

/** Records of CIFAR-10 as those of CIFAR-100: a coarse label before the fine one, which is ten times the old one and one more. */
function withTwoLabels(records: Uint8Array): Buffer {
  const count = records.length / recordBytes
  return Buffer.concat(
    Array.from({ length: count }, (_, i) => {
      const record = records.subarray(i * recordBytes, (i + 1) * recordBytes)
      return Buffer.concat([Buffer.of(i % 20, 10 * record[0]! + 1), record.subarray(1)])
    }),
  )
}

const oneLabel = (records: Uint8Array): Uint8Array => {
  const copy = Uint8Array.from(records)
  for (let at = 0; at < copy.length; at += recordBytes) copy[at] = 10 * copy[at]! + 1
  return copy
}

const [train, test] = [recordFiles['data_batch_1.bin']!, recordFiles['test_batch.bin']!]

/** The official files in small. */
async function makeArchives() {
  const pickles = {
    train: pickledBatch(oneLabel(train), 3072, 'fine_labels'),
    test: pickledBatch(oneLabel(test), 3072, 'fine_labels'),
  }
  const inside = (folder: string, files: Record<string, Uint8Array>) =>
    tarGz(Object.fromEntries(Object.entries(files).map(([name, bytes]) => [`${folder}/${name}`, bytes])))
  const binary = await inside('cifar-100-binary', {
    'train.bin': withTwoLabels(train),
    'test.bin': withTwoLabels(test),
  })
  const python = await inside('cifar-100-python', { ...pickles, meta: Buffer.from('x') })
  const manifest: Cifar100Manifest = {
    binary: { url: 'http://127.0.0.1:9/cifar-100-binary.tar.gz', md5: md5(binary) },
    python: { md5: md5(python), files: { train: md5(pickles.train), test: md5(pickles.test) } },
  }
  return { binary, python, pickles, manifest }
}

describe('CIFAR-100', () => {
  it('is the same from the binary archive, the Python one and its folder; then it is in the cache', async () => {
    const { binary, python, pickles, manifest } = await makeArchives()
    const folder = temporaryFolder()
    mkdirSync(join(folder, 'cifar-100-python'))
    for (const [name, bytes] of Object.entries(pickles)) writeFileSync(join(folder, 'cifar-100-python', name), bytes)
    writeFileSync(join(folder, 'b.tar.gz'), binary)
    writeFileSync(join(folder, 'p.tar.gz'), python)
    const digests = []
    for (const from of [join(folder, 'b.tar.gz'), join(folder, 'p.tar.gz'), folder]) {
      const dataDir = temporaryFolder()
      const first = await loadCifar100({ dataDir, from }, manifest)
      expect([first.train.count, first.test.count, first.train.name]).toEqual([20, 20, 'cifar100/train'])
      expect(first.train.classes.length).toBe(100)
      expect(first.train.labels[0]).toBe(10 * train[0]! + 1)
      expect(first.train.images[5]).toBe(train[6])
      const again = await loadCifar100({ dataDir, offline: true }, manifest)
      expect(again.train.digest).toBe(first.train.digest)
      expect(readdirSync(join(dataDir, 'cifar100'))).toEqual(['cifar100-fine.images'])
      digests.push(first.train.digest)
    }
    expect(new Set(digests).size).toBe(1)
  })

  it('is refused if it is not the official one', async () => {
    const { binary, pickles, manifest } = await makeArchives()
    const folder = temporaryFolder()
    const options = { dataDir: temporaryFolder(), from: join(folder, 'b.tar.gz') }
    writeFileSync(options.from, Buffer.concat([binary, Buffer.of(0)]))
    await expect(loadCifar100(options, manifest)).rejects.toThrow(/expected the official CIFAR-100 archive.*got md5/)
    const changed = Buffer.from(pickles.test)
    changed[3000]! ^= 1
    writeFileSync(join(folder, 'train'), pickles.train)
    await expect(loadCifar100({ ...options, from: folder }, manifest)).rejects.toThrow(/test is missing/)
    writeFileSync(join(folder, 'test'), changed)
    await expect(loadCifar100({ ...options, from: folder }, manifest)).rejects.toThrow(/test: expected md5 .*, got/)
    await expect(loadCifar100({ ...options, from: '/nowhere' }, manifest)).rejects.toThrow('no such file or folder')
  })

  it('says what to do where it cannot be had', async () => {
    const { manifest } = await makeArchives()
    const dataDir = temporaryFolder()
    await expect(loadCifar100({ dataDir, offline: true }, manifest)).rejects.toThrow(/offline mode.*--from PATH/)
    await expect(loadCifar100({ dataDir }, manifest)).rejects.toThrow(/CIFAR-100 could not be had: .*--from PATH/)
  })

  it('has a hundred classes in their order', () => {
    expect(cifar100Classes.length).toBe(100)
    expect([...cifar100Classes].sort()).toEqual(cifar100Classes)
    expect(new Set(cifar100Classes).size).toBe(100)
  })
})
