import { mkdirSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { writeFileAtomic } from '../io/atomic.js'
import { toMarkdown } from './markdown.js'
import { toHtml } from './page.js'
import type { Report } from './report.js'

/** Write the report as one HTML file. */
export function writeHtml(report: Report, file: string): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileAtomic(file, toHtml(report))
}

/** Write the report as a page in Markdown, its pictures in `images/results` beside it. @returns the files */
export function writeMarkdown(report: Report, file: string): string[] {
  const folder = join(dirname(file), 'images', 'results')
  const { text, pictures } = toMarkdown(report, relative(dirname(file), folder).replaceAll('\\', '/'))
  mkdirSync(folder, { recursive: true })
  for (const [name, svg] of pictures) writeFileAtomic(join(folder, name), svg)
  writeFileAtomic(file, text)
  return [file, ...Array.from(pictures.keys(), (name) => join(folder, name))]
}
