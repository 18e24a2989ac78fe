// Lesson 1, the tape: `node examples/learn/01-tape.mjs`. The text is docs/learn/01-tape.md.
import { ReferenceBackend, setBackend, tensor } from 'ghostgrad'
import { explain } from 'ghostgrad/explain'

/** The tape: every operation, in the order in which it ran. */
const tape = []

/** A number that remembers what it was made of, and its slope by each of those. */
const record = (value, inputs, slopes) => {
  const node = { value, inputs, slopes, grad: 0 }
  tape.push(node)
  return node
}

const number = (value) => record(value, [], [])
const add = (a, b) => record(a.value + b.value, [a, b], [1, 1])
const mul = (a, b) => record(a.value * b.value, [a, b], [b.value, a.value])

const backward = (loss) => {
  loss.grad = 1
  for (const node of tape.toReversed()) {
    node.inputs.forEach((input, i) => {
      input.grad += node.grad * node.slopes[i]
    })
  }
}

const f = (x, w, b) => {
  const y = add(mul(x, w), b)
  return mul(y, y)
}

const [x, w, b] = [number(2), number(3), number(-5)]
const loss = f(x, w, b)
backward(loss)
console.log(`loss ${loss.value}, dx ${x.grad}, dw ${w.grad}, db ${b.grad}`)

const h = 1e-4
const at = (x) => f(number(x), number(3), number(-5)).value
console.log(`dx by differences ${((at(2 + h) - at(2 - h)) / (2 * h)).toFixed(6)}`)

setBackend(new ReferenceBackend('float64')) // double precision, plain loops

const leaves = {
  x: tensor(2, { requiresGrad: true }),
  w: tensor(3, { requiresGrad: true }),
  b: tensor(-5, { requiresGrad: true }),
}
const y = leaves.x.mul(leaves.w).add(leaves.b)
const square = y.mul(y)
square.backward(undefined, { retainGraph: true })
for (const [name, leaf] of Object.entries(leaves)) console.log(`${name}.grad ${leaf.grad.item()}`)

console.log()
for (const { id, op, inputs, rule } of explain(square, { names: leaves }).nodes) {
  console.log(`#${id} ${op}(${inputs.map(({ name }) => name).join(', ')})   ${rule}`)
}

/** A slope that bends: between −1 and 1. */
const tanh = (a) => {
  const t = Math.tanh(a.value)
  return record(t, [a], [1 - t * t])
}

/** Two numbers in, two hidden ones, one out; p are nine weights. */
const network = (p, x1, x2) => {
  const hidden = (i) => tanh(add(add(mul(p[i], x1), mul(p[i + 1], x2)), p[i + 2]))
  return add(add(mul(p[6], hidden(0)), mul(p[7], hidden(3))), p[8])
}

const examples = [
  [0, 0, 0],
  [0, 1, 1],
  [1, 0, 1],
  [1, 1, 0],
]
let weights = [1, -1, 0.5, 1, -0.5, -1, 0.5, 1, 0]
for (let step = 0; step <= 100; step++) {
  tape.length = 0
  const p = weights.map(number)
  const misses = examples.map(([x1, x2, right]) => add(network(p, number(x1), number(x2)), number(-right)))
  const loss = misses.map((miss) => mul(miss, miss)).reduce(add)
  backward(loss)
  weights = weights.map((v, i) => v - 0.1 * p[i].grad)
  if (step % 20 === 0) console.log(`step ${step}: loss ${loss.value.toFixed(4)}`)
}
for (const [x1, x2, right] of examples) {
  const answer = network(weights.map(number), number(x1), number(x2)).value
  console.log(`${x1} xor ${x2} is ${right}, the network says ${answer.toFixed(2)}`)
}
