import { defineConfig } from 'vitepress'
import { coursePlugin } from '../markdown/plugin.js'
import { pageOf } from '../markdown/repository.js'
import { sidebar } from './sidebar.js'

export default defineConfig({
  title: 'ghostgrad',
  description: 'From one multiplication to a network that learns: a course that runs in the page',
  lang: 'en',
  base: process.env.SITE_BASE ?? '/',
  srcDir: '..',
  outDir: process.env.SITE_OUT ?? '../dist/site',
  cacheDir: '../node_modules/.cache/vitepress',
  srcExclude: ['*.md', '{src,cli,test,assembly,results,runs,trust,bench,configs,examples,scripts}/**', 'docs/api/**'],
  rewrites: pageOf,
  lastUpdated: false,
  head: [
    ['meta', { name: 'color-scheme', content: 'light dark' }],
    ['link', { rel: 'icon', href: `${process.env.SITE_BASE ?? '/'}playground/icon.svg`, type: 'image/svg+xml' }],
  ],
  markdown: { config: coursePlugin, theme: { light: 'github-light', dark: 'github-dark' } },
  ignoreDeadLinks: ['localhostLinks', /^\/(playground|api)\//],
  themeConfig: {
    nav: [
      { text: 'Course', link: '/learn/', activeMatch: '^/learn/' },
      { text: 'Playground', link: '/playground/index.html', target: '_self' },
      { text: 'Reference', link: '/library', activeMatch: '^/(?!learn|index|$)' },
      { text: 'API', link: '/api/index.html', target: '_self' },
    ],
    sidebar,
    outline: { level: [2, 2] },
    search: {
      provider: 'local',
      options: { _render: (source, env, md) => (env.frontmatter?.search === false ? '' : md.render(source, env)) },
    },
  },
  vite: { build: { target: 'es2022' } },
})
