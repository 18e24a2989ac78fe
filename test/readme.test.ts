import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')

it.each([
  ['README.md', /```ts\n(.*?)```/s, 'examples/train.mjs'],
  ['docs/training.md', /```js\n(.*?)```/s, 'examples/fit.mjs'],
  ['docs/add-an-op.md', /```js\n(.*?)```/s, 'examples/ownOp.mjs'],
])('the example in %s is a file that CI runs', (page, block, example) => {
  const [comment, ...code] = read(example).split('\n')
  expect(comment).toMatch(/^\/\//)
  expect(code.join('\n')).toBe(block.exec(read(page))![1])
})
