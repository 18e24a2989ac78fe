import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { packageRoot } from '../packageRoot.js'

export interface StaticFile {
  type: string
  body: Buffer
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** Every file of the page by its path, in memory: nothing else can be asked for. */
export function readStaticFiles(): Map<string, StaticFile> {
  const page = fileURLToPath(new URL('assets/dashboard/', packageRoot))
  const uPlot = dirname(createRequire(import.meta.url).resolve('uplot'))
  const paths = [
    ...readdirSync(page).map((name) => join(page, name)),
    ...['uPlot.esm.js', 'uPlot.min.css'].map((name) => join(uPlot, name)),
  ]
  const files = new Map<string, StaticFile>()
  for (const path of paths) {
    const type = types[extname(path)]
    if (type) files.set(`/${path.slice(dirname(path).length + 1)}`, { type, body: readFileSync(path) })
  }
  files.set('/', files.get('/index.html')!)
  return files
}
