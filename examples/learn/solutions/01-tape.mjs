// Exercise 1, solved.

const node = (value, inputs, slopes) => ({ value, inputs, slopes, grad: 0 })

export const number = (value) => node(value, [], [])
export const add = (a, b) => node(a.value + b.value, [a, b], [1, 1])
export const mul = (a, b) => node(a.value * b.value, [a, b], [b.value, a.value])

export function backward(loss) {
  // How often each node is used: its gradient is complete when so many gradients have arrived.
  const uses = new Map([[loss, 0]])
  for (const [{ inputs }] of uses) for (const input of inputs) uses.set(input, (uses.get(input) ?? 0) + 1)

  loss.grad = 1
  const complete = [loss]
  while (complete.length > 0) {
    const { inputs, slopes, grad } = complete.pop()
    inputs.forEach((input, i) => {
      input.grad += grad * slopes[i]
      uses.set(input, uses.get(input) - 1)
      if (uses.get(input) === 0) complete.push(input)
    })
  }
}
