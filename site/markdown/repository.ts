import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of the repository. */
export const root = fileURLToPath(new URL('../../', import.meta.url))

export const read = (path: string): string => readFileSync(join(root, path), 'utf8')

/** Whether there is such a file. */
export const isFile = (path: string): boolean => existsSync(join(root, path)) && statSync(join(root, path)).isFile()

/** A link of a file of the repository, as a path from the root. */
export const resolved = (file: string, link: string): string => normalize(join(dirname(file), link))

/** Where the page of a Markdown file lies in the site. */
export function pageOf(path: string): string {
  return path
    .replace(/^docs\//, '')
    .replace(/^site\/pages\//, '')
    .replace(/README\.md$/, 'index.md')
}

/** Whether a file of the repository has a page of its own. */
export const hasPage = (path: string): boolean => /^(docs|site\/pages)\/.*\.md$/.test(path) || path === 'README.md'

/** `01-tape` of the lesson in this file; null for another one. */
export const lessonOf = (path: string): string | null => /^docs\/learn\/(\d\d-[\w-]+)\.md$/.exec(path)?.[1] ?? null
