import { readdirSync, realpathSync, statSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { checkFileSize, type FileSet, type FoundFile, isLeftover } from './fileSet.js'
import { type BadImage, byName } from './source.js'

/** Files are looked at this many at a time before other events have their turn. */
const stride = 5000

/**
 * Every file in a folder and the folders in it; links are followed. Calls of the system are synchronous: they take microseconds each, and a
 * promise for each would take ten times as long.
 */
export async function folderFiles(root: string, name: string): Promise<FileSet> {
  const files: FoundFile[] = []
  const emptyFolders: string[] = []
  const bad: BadImage[] = []
  let seen = 0
  /** @param ancestors real paths of the folders that lead here, to notice links that lead back */
  const walk = async (folder: string, ancestors: readonly string[]): Promise<void> => {
    const entries = listFolder(join(root, folder), folder, bad)
    if (entries === null) return
    const names = entries.filter((entry) => !isLeftover(entry.name)).sort((a, b) => byName(a.name, b.name))
    if (entries.length === 0 || (names.length === 0 && folder !== '')) emptyFolders.push(folder)
    for (const entry of names) {
      if (++seen % stride === 0) await setImmediate()
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (entry.isDirectory()) {
        await walk(path, ancestors)
        continue
      }
      const info = statSync(`${root}/${path}`, { throwIfNoEntry: false })
      if (!info) bad.push({ name: path, reason: 'is a link that leads nowhere' })
      else if (info.isDirectory()) {
        const real = realpathSync(join(root, path))
        const isLoop = [root, ...ancestors].some((above) => above === real || above.startsWith(`${real}/`))
        if (isLoop) bad.push({ name: path, reason: 'is a link to a folder that it lies in' })
        else await walk(path, [...ancestors, real])
      } else if (info.isFile()) files.push({ path, size: info.size, mtimeMs: info.mtimeMs })
    }
  }
  await walk('', [])
  const locate = (path: string) => join(root, path)
  return {
    ...{ name, files, emptyFolders, bad, archive: null, locate },
    read: (path) => readFile(locate(path)),
    each: (paths) => paths.map((path, index) => ({ index, open: () => readImage(locate(path)) })),
  }
}

async function readImage(path: string): Promise<Uint8Array> {
  const { size } = await stat(path)
  checkFileSize(size)
  return readFile(path)
}

function listFolder(path: string, name: string, bad: BadImage[]) {
  try {
    return readdirSync(path, { withFileTypes: true })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const reason = code === 'EACCES' || code === 'EPERM' ? 'you may not read this folder' : `cannot be listed (${code})`
    bad.push({ name: name || path, reason })
    return null
  }
}
