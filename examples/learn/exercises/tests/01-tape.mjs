import { equal } from '../expect.mjs'

const order =
  'A walk that visits the inputs of a node before the node itself lists them oldest first. Read that list backwards.'
const once = 'Remember in a Set which nodes have been listed: a node has one turn, however many paths lead to it.'

export default ({ number, add, mul, backward }) => [
  {
    name: '(x · w + b)², as in the lesson',
    hint: order,
    run() {
      const [x, w, b] = [number(2), number(3), number(-5)]
      const y = add(mul(x, w), b)
      backward(mul(y, y))
      equal([x.grad, w.grad, b.grad, y.grad], [6, 4, 2, 2])
    },
  },
  {
    name: 'a value that is used early and late: x · (x · x + x)',
    hint: `${order} Do not visit a node when the first of its users has had its turn: wait for the last one.`,
    run() {
      const x = number(3)
      backward(mul(x, add(mul(x, x), x)))
      equal(x.grad, 3 * 3 ** 2 + 2 * 3)
    },
  },
  {
    name: 'what the loss does not use has no gradient',
    hint: 'Begin at the loss, and go only to inputs.',
    run() {
      const x = number(3)
      const unused = mul(x, number(7))
      backward(add(x, x))
      equal([x.grad, unused.grad], [2, 0])
    },
  },
  {
    name: 'ten thousand operations, one after the other',
    hint: 'A function that calls itself ten thousand deep runs out of stack. Keep a list of what is still to visit instead.',
    run() {
      const one = number(1)
      let y = one
      for (let i = 0; i < 10_000; i++) y = add(y, one)
      backward(y)
      equal(one.grad, 10_001)
    },
  },
  {
    name: 'forty doublings: 2⁴⁰ paths, but 41 nodes',
    hint: once,
    run() {
      const x = number(1)
      let y = x
      for (let i = 0; i < 40; i++) y = add(y, y)
      backward(y)
      equal(x.grad, 2 ** 40)
    },
  },
]
