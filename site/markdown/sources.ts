import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { hasPage, isFile, read, resolved, root } from './repository.js'

/** Files of the repository that its documentation links to, other than pages. */
export function linkedSources(): string[] {
  const pages = ['docs', 'docs/learn'].flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((file) => file.endsWith('.md'))
      .map((file) => `${folder}/${file}`),
  )
  const targets = pages.flatMap((page) =>
    [...read(page).matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(([, link]) => resolved(page, link!)),
  )
  return [...new Set(targets)].filter((path) => isFile(path) && !hasPage(path) && !/\.(svg|png|jpg)$/.test(path)).sort()
}
