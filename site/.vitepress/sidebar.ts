import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { DefaultTheme } from 'vitepress'
import { lessonOf, pageOf, read, root } from '../markdown/repository.js'

const titleOf = (path: string): string => /^# (.*)$/m.exec(read(path))![1]!.replaceAll('`', '')

const item = (path: string): DefaultTheme.SidebarItem => ({
  text: titleOf(path),
  link: `/${pageOf(path).replace(/(index)?\.md$/, '')}`,
})

const markdownIn = (folder: string): string[] =>
  readdirSync(join(root, folder))
    .filter((file) => file.endsWith('.md'))
    .sort()
    .map((file) => `${folder}/${file}`)

const learn = markdownIn('docs/learn')

export const sidebar: DefaultTheme.Sidebar = {
  '/learn/': [
    { text: 'Overview', link: '/learn/' },
    { text: 'Lessons', items: learn.filter(lessonOf).map(item) },
    { text: 'More', items: learn.filter((path) => !lessonOf(path) && !path.endsWith('README.md')).map(item) },
  ],
  '/': [
    { text: 'Course', link: '/learn/' },
    { text: 'Reference', items: markdownIn('docs').map(item) },
  ],
}
