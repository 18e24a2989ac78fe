// Walks through an explanation: the graph, a step forward or back, and what is in each operation. The page of `ghostgrad explain
// --format html` has it inlined, the course imports it.

/** What keys do: the number of steps to go. */
const moves = { n: 1, ArrowRight: 1, b: -1, ArrowLeft: -1 }

/** An element of the page; children are elements or text. */
function make(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties)
  element.append(...children.filter((child) => child !== null))
  return element
}

const number = (v) => (v === null ? '∞' : String(Number(v.toPrecision(6))))
const shape = (sizes) => (sizes.length === 1 ? `(${sizes[0]},)` : `(${sizes.join(', ')})`)
const heading = (text) => make('h3', {}, text)

/** The numbers of an array, a line for each row; of a large one, what they come to. */
function numbers(view) {
  if (!view) return make('p', {}, 'freed: its memory was given back when its module had run')
  const total = `mean ${number(view.mean)}, min ${number(view.min)}, max ${number(view.max)}, norm ${number(view.norm)}`
  if (!view.values) return make('pre', {}, `${shape(view.shape)}\n${total}`)
  const width = view.shape.at(-1) ?? 1
  const rows = []
  for (let i = 0; i < view.values.length; i += width) {
    const row = view.values.slice(i, i + width)
    rows.push(row.map(number).join('  '))
  }
  return make('pre', {}, `${shape(view.shape)}\n${rows.join('\n')}${view.values.length > 1 ? `\n${total}` : ''}`)
}

function comparison(checks, unchecked) {
  if (checks.length === 0) return unchecked ? make('p', {}, `not checked: ${unchecked}`) : null
  const cells = (tag, texts) => make('tr', {}, ...texts.map((text) => make(tag, {}, text)))
  const rows = checks.map(({ index, analytic, numeric, error, kink }) => {
    const sides = kink ? ` (kink: ${number(kink[0])} to the left, ${number(kink[1])} to the right)` : ''
    return cells('td', [
      `[${index.join(', ')}]`,
      number(analytic),
      number(numeric) + sides,
      error?.toExponential(1) ?? '∞',
    ])
  })
  return make('table', {}, cells('th', ['at', 'by the rule', 'by differences', 'error']), ...rows)
}

const single = (view) => (view?.values?.length === 1 ? view.values[0] : null)
const bracketed = (v) => (v < 0 ? `(${number(v)})` : number(v))

/**
 * Mount the debugger.
 * @param place an element that it fills
 * @param data { explanation, views: [{ name, svg, boxes: [{ id, title, nodes, leaf }] }] }: the graph at several depths, the first is shown
 * @param keys the element on which n, b and arrows step
 */
export function mountDebugger(place, { explanation, views }, keys = place) {
  const nodes = new Map(explanation.nodes.map((node) => [node.id, node]))
  const leaves = new Map(explanation.leaves.map((leaf) => [leaf.name, leaf]))
  const order = [...nodes.keys()]
  /** Forward through the tape, back through it, and the end. */
  const steps = [
    ...order.map((id) => ({ id, phase: 'forward' })),
    ...order.toReversed().map((id) => ({ id, phase: 'backward' })),
  ]
  let boxes = []
  let drawn = new Map()
  let boxOfNode = new Map()
  let step = -1

  const main = make('div', { className: 'graph' })
  const panel = make('aside', { ariaLive: 'polite' })
  const said = make('span', { className: 'said' })
  const back = make('button', { type: 'button', onclick: () => go(step - 1) }, '◀ back')
  const next = make('button', { type: 'button', onclick: () => go(step + 1) }, 'step ▶')
  const fold = make(
    'select',
    { ariaLabel: 'fold', onchange: () => showView(views[fold.selectedIndex]) },
    ...views.map(({ name }) => make('option', {}, name)),
  )
  fold.hidden = views.length < 2
  place.classList.add('debugger')
  place.replaceChildren(make('div', { className: 'steps' }, back, next, fold, said), main, panel)

  const linkTo = (name, from) => {
    const target = from === null ? leaves.get(name) : nodes.get(from)
    if (!target) return make('code', {}, name)
    return make(
      'button',
      { type: 'button', onclick: () => (from === null ? showLeaf(target) : showNode(target)) },
      name,
    )
  }

  function show(box, ...children) {
    for (const [id, element] of drawn) element.classList.toggle('chosen', id === box?.id)
    panel.replaceChildren(...children.filter((child) => child !== null))
    panel.scrollTop = 0
    const element = drawn.get(box?.id)
    if (!element) return
    const [outer, inner] = [main.getBoundingClientRect(), element.getBoundingClientRect()]
    main.scrollBy(
      inner.x + inner.width / 2 - outer.x - outer.width / 2,
      inner.y + inner.height / 2 - outer.y - outer.height / 2,
    )
  }

  const separated = (links) => links.flatMap((link, i) => (i > 0 ? [', ', link] : [link]))

  /** Which operations took this tensor. */
  function usersOf(name) {
    const users = explanation.nodes.filter(({ inputs }) => inputs.some((input) => input.name === name))
    if (users.length === 0) return make('p', {}, 'Used by nothing: this is the loss.')
    return make('p', {}, 'Used by ', ...separated(users.map(({ id, op }) => linkTo(`#${id} ${op}`, id))))
  }

  /** The rule with its numbers in the place of letters, where all of them are single numbers. */
  function ruleWithNumbers(node) {
    const values = new Map([
      ['dy', single(node.dy)],
      ['y', single(node.value)],
    ])
    const letters = node.rule.includes('da =') ? ['a', 'b'] : ['x', 'w']
    for (const [i, { name, from }] of node.inputs.entries()) {
      const value = single(from === null ? leaves.get(name)?.value : nodes.get(from)?.value)
      values.set(name, value)
      if (node.inputs.length === 1) values.set('x', value)
      else if (!values.has(letters[i])) values.set(letters[i], value)
    }
    const lines = node.rule.split(/[,;] /).flatMap((part) => {
      const [left, right] = part.split(' = ')
      if (right === undefined || !left.startsWith('d')) return []
      const known = right.replace(/#\d+|[\p{L}_.][\p{L}\d_.]*/gu, (word) => {
        const value = values.get(word)
        return typeof value === 'number' ? bracketed(value) : word
      })
      const told = known.replace(/(\d)\(/g, '$1 · (').replace(/^(\d+)(?=[(])/, '$1 · ')
      return known === right ? [] : [`${left} = ${told}`]
    })
    return lines.length === 0 ? null : make('pre', { className: 'rule numbers' }, lines.join('\n'))
  }

  function showNode(node, phase = null) {
    const module = node.module === null ? null : explanation.modules[node.module]
    const options = Object.entries(node.options).map(([name, value]) => `${name} ${value}`)
    const saved = Object.entries(node.saved)
    const inputs = separated(node.inputs.map(({ name, from }) => linkTo(name, from)))
    const forward = [heading('Result y'), numbers(node.value), usersOf(`#${node.id}`)]
    const backward = [
      heading('Backward rule'),
      make('pre', { className: 'rule' }, node.rule),
      ruleWithNumbers(node),
      heading('Gradient that comes in: dy'),
      numbers(node.dy),
      ...node.gradients.flatMap((gradient) => [
        heading(`Gradient that goes out to ${node.inputs[gradient.input].name}`),
        numbers(gradient),
        comparison(gradient.checks, gradient.unchecked),
      ]),
    ]
    const rest = [
      heading('Kept for backward'),
      ...(saved.length > 0
        ? saved.flatMap(([name, view]) => [make('code', {}, name), numbers(view)])
        : [make('p', {}, 'nothing')]),
      heading('The rules as code'),
      make('pre', { className: 'source' }, `forward: ${node.source.forward}\n\nbackward: ${node.source.backward}`),
    ]
    if (phase === null) step = order.indexOf(node.id)
    tell(phase)
    show(
      boxOfNode.get(node.id),
      make('h2', {}, `#${node.id} ${node.op}(`, ...inputs, ')'),
      module?.path ? make('p', {}, `in ${module.path} (${module.type})`) : null,
      options.length > 0 ? make('p', {}, make('code', {}, options.join(', '))) : null,
      ...(phase === 'backward' ? [...backward, ...forward] : [...forward, ...backward]),
      ...rest,
    )
  }

  function showLeaf(leaf) {
    show(
      boxes.find((box) => box.leaf === leaf.name),
      make('h2', {}, leaf.name),
      make('p', {}, leaf.requiresGrad ? 'A leaf: no operation made it, and it wants a gradient.' : 'A constant.'),
      heading('Value'),
      numbers(leaf.value),
      usersOf(leaf.name),
      ...(leaf.gradient ? [heading('Gradient of the loss'), numbers(leaf.gradient)] : []),
      comparison(leaf.checks),
    )
  }

  function showBox(box) {
    if (box.leaf !== null) showLeaf(leaves.get(box.leaf))
    else if (box.nodes.length === 1) showNode(nodes.get(box.nodes[0]))
    else {
      const links = box.nodes.map((id) => make('div', {}, linkTo(`#${id} ${nodes.get(id).op}`, id)))
      const outside = box.nodes.length === 0 ? make('p', {}, 'outside of what was looked into') : null
      show(box, make('h2', {}, box.title), outside, ...links)
    }
  }

  /** The loss, and how to go on. */
  function introduce() {
    const last = explanation.nodes.at(-1)
    const trained = explanation.leaves.filter(({ requiresGrad }) => requiresGrad)
    const gradients = trained.map(({ name, gradient, checks }) =>
      make(
        'div',
        {},
        linkTo(name, null),
        ` ${single(gradient) === null ? shape(gradient.shape) : number(single(gradient))}`,
        checks.length > 0
          ? `, by differences ${checks
              .map(({ numeric }) => number(numeric))
              .slice(0, 3)
              .join(', ')}`
          : '',
      ),
    )
    tell(null)
    show(
      boxOfNode.get(last.id),
      make('h2', {}, `The loss: ${number(explanation.loss)}`),
      make(
        'p',
        {},
        `${explanation.nodes.length} operations made it. They run from above; then the tape is read from its end, and each rule hands gradients to its inputs. Step through it with the buttons, or n and b; click a box to look into it.`,
      ),
      make('p', {}, 'Made by ', linkTo(`#${last.id} ${last.op}`, last.id)),
      heading('Gradients of the leaves'),
      ...gradients.slice(0, 40),
    )
  }

  function tell(phase) {
    const { length } = steps
    said.textContent = phase === null ? `${length} steps` : `step ${step + 1} of ${length}, ${phase}`
    back.disabled = step < 0
    next.disabled = step >= length - 1
    for (const [id, element] of drawn) {
      const inside = boxes.find((box) => box.id === id).nodes
      const isRun = phase === 'backward' || inside.some((node) => order.indexOf(node) <= step)
      const isWalked = phase === 'backward' && inside.some((node) => 2 * order.length - 1 - order.indexOf(node) <= step)
      element.classList.toggle('later', phase !== null && inside.length > 0 && !isRun)
      element.classList.toggle('walked', isWalked)
    }
  }

  function go(to) {
    step = Math.min(Math.max(to, -1), steps.length - 1)
    if (step < 0) return introduce()
    const { id, phase } = steps[step]
    showNode(nodes.get(id), phase)
  }

  function showView(view) {
    boxes = view.boxes
    main.innerHTML = view.svg
    drawn = new Map([...main.querySelectorAll('[data-box]')].map((element) => [element.dataset.box, element]))
    boxOfNode = new Map(boxes.flatMap((box) => box.nodes.map((id) => [id, box])))
    for (const box of boxes) {
      const element = drawn.get(box.id)
      element.setAttribute('tabindex', '0')
      element.setAttribute('role', 'button')
      element.addEventListener('click', () => showBox(box))
      element.addEventListener('keydown', ({ key }) => key === 'Enter' && showBox(box))
    }
    go(step)
  }

  keys.addEventListener('keydown', (event) => {
    const move = moves[event.key]
    if (!move || event.ctrlKey || event.altKey || event.metaKey || event.target.tagName === 'SELECT') return
    go(step + move)
    event.preventDefault()
  })
  showView(views[0])
}
