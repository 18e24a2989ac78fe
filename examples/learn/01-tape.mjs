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
