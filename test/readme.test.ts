import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')

it("the README's library example is examples/train.mjs, which CI runs", () => {
  const inReadme = /```ts\n(.*?)```/s.exec(read('README.md'))![1]
  const [comment, ...code] = read('examples/train.mjs').split('\n')
  expect(comment).toMatch(/^\/\//)
  expect(code.join('\n')).toBe(inReadme)
})
