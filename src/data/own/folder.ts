import { readdir, stat } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { readImageFile } from '../decodeImage.js'
import { pathInside } from './inside.js'
import { type BadImage, byName, type Entry, type Source, type Split, type Stamp, splitOf } from './source.js'

/** Endings of image files. Some of them sharp does not read: those are bad images, not files to pass over. */
const imageEndings = new Set(
  ['jpg', 'jpeg', 'jpe', 'jfif', 'png', 'webp', 'avif', 'gif', 'tif', 'tiff', 'svg', 'bmp', 'heic', 'heif', 'jp2'].map(
    (ending) => `.${ending}`,
  ),
)

const linkedFolder = 'is a link to a folder, which is not followed'

interface Found {
  entries: Entry[]
  stamps: Stamp[]
  bad: BadImage[]
  passedOver: Record<string, number>
}

/**
 * A folder with a folder a class, as torchvision's ImageFolder takes it; or with folders `train` and `test` (or `val`) of such.
 * Class folders may have folders inside. Links are followed if they lead to a file inside the folder.
 * @param root a real path
 */
export async function folderSource(root: string): Promise<Source> {
  const found: Found = { entries: [], stamps: [], bad: [], passedOver: {} }
  const tops = await sortedNames(root)
  const parts = tops.map(({ name, isFolder }) => ({ name, split: isFolder ? splitOf(name) : null }))
  if (parts.some(({ split }) => split !== null)) {
    for (const { name, split } of parts) {
      // Beside `train` and `test`, other folders are no classes.
      await walkPart(root, name, split, found)
    }
  } else await walkClasses(root, '', null, found)
  const { entries, stamps, bad, passedOver } = found
  return {
    ...{ kind: 'image folder', entries, stamps, bad, passedOver, classes: null, size: null },
    images: () => stamps.map(({ path }, index) => ({ index, open: () => readImageFile(path) })),
  }
}

async function walkPart(root: string, name: string, split: Split | null, found: Found): Promise<void> {
  if (split !== null) return walkClasses(root, name, split, found)
  if (name.startsWith('.')) return
  await walkClass(root, name, found, (path) => {
    if (isImage(path)) found.bad.push({ name: path, reason: 'lies beside the folders train and test' })
    else passOver(path, found)
  })
}

async function walkClasses(root: string, part: string, split: Split | null, found: Found): Promise<void> {
  for (const { name, isFolder, isLinkedFolder } of await sortedNames(join(root, part))) {
    if (name.startsWith('.')) continue
    const path = slashed(part, name)
    if (isLinkedFolder) found.bad.push({ name: path, reason: linkedFolder })
    else if (isFolder) {
      const files: string[] = []
      await walkClass(root, path, found, (file) => void files.push(file))
      for (const file of files) await addFile(root, file, { label: name, split }, found)
    } else if (isImage(name)) found.bad.push({ name: path, reason: "lies in no class's folder" })
    else passOver(name, found)
  }
}

/** Every file in a class's folder, in the order of their names. */
async function walkClass(root: string, folder: string, found: Found, onFile: (path: string) => void): Promise<void> {
  const entries = await sortedNames(join(root, folder)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOTDIR') return null
    throw error
  })
  if (entries === null) return onFile(folder)
  for (const { name, isFolder, isLinkedFolder } of entries) {
    if (name.startsWith('.')) continue
    const path = slashed(folder, name)
    if (isLinkedFolder) found.bad.push({ name: path, reason: linkedFolder })
    else if (isFolder) await walkClass(root, path, found, onFile)
    else onFile(path)
  }
}

async function addFile(root: string, path: string, entry: Omit<Entry, 'name'>, found: Found): Promise<void> {
  if (!isImage(path)) return passOver(path, found)
  try {
    const real = await pathInside(root, path)
    const { size, mtimeMs } = await stat(real)
    found.stamps.push({ path: real, size, mtimeMs })
    found.entries.push({ name: path, ...entry })
  } catch (error) {
    found.bad.push({ name: path, reason: (error as Error).message })
  }
}

interface Name {
  name: string
  isFolder: boolean
  isLinkedFolder: boolean
}

async function sortedNames(folder: string): Promise<Name[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const named = entries.map(async (entry) => {
    const target = entry.isSymbolicLink() ? await stat(join(folder, entry.name)).catch(() => null) : null
    return { name: entry.name, isFolder: entry.isDirectory(), isLinkedFolder: target?.isDirectory() ?? false }
  })
  return (await Promise.all(named)).sort((a, b) => byName(a.name, b.name))
}

const isImage = (path: string): boolean => imageEndings.has(extname(path).toLowerCase())

function passOver(path: string, { passedOver }: Found): void {
  const ending = extname(path).toLowerCase() || 'without ending'
  passedOver[ending] = (passedOver[ending] ?? 0) + 1
}

/** Paths in messages have slashes everywhere. */
const slashed = (folder: string, name: string): string => (folder === '' ? name : `${folder}/${name}`)
