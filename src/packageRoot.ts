import { existsSync } from 'node:fs'

/** The folder of this package as a file URL: the nearest one above this file that holds a package.json. */
export const packageRoot: URL = (() => {
  let folder = new URL('./', import.meta.url)
  while (!existsSync(new URL('package.json', folder))) folder = new URL('../', folder)
  return folder
})()
