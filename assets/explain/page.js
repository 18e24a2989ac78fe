// The page of `ghostgrad explain --format html`: a click on a box shows what is in it. Inlined, so no modules and no network.
const { explanation, boxes } = JSON.parse(document.getElementById('data').textContent)
const panel = document.querySelector('aside')
const drawn = new Map([...document.querySelectorAll('[data-box]')].map((element) => [element.dataset.box, element]))
const nodes = new Map(explanation.nodes.map((node) => [node.id, node]))
const leaves = new Map(explanation.leaves.map((leaf) => [leaf.name, leaf]))
const boxOfNode = new Map(boxes.flatMap((box) => box.nodes.map((id) => [id, box])))
let chosen = -1

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
  for (let i = 0; i < view.values.length; i += width)
    rows.push(
      view.values
        .slice(i, i + width)
        .map(number)
        .join('  '),
    )
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

function linkTo(name, from) {
  const target = from === null ? leaves.get(name) : nodes.get(from)
  if (!target) return make('code', {}, name)
  return make('button', { onclick: () => (from === null ? showLeaf(target) : showNode(target)) }, name)
}

function show(box, ...children) {
  chosen = boxes.indexOf(box)
  for (const [id, element] of drawn) element.classList.toggle('chosen', id === box?.id)
  panel.replaceChildren(...children.filter((child) => child !== null))
  panel.scrollTop = 0
}

function showNode(node) {
  const module = node.module === null ? null : explanation.modules[node.module]
  const options = Object.entries(node.options).map(([name, value]) => `${name} ${value}`)
  const saved = Object.entries(node.saved)
  const inputs = node.inputs.flatMap(({ name, from }, i) => [i > 0 ? ', ' : '', linkTo(name, from)])
  show(
    boxOfNode.get(node.id),
    make('h2', {}, `#${node.id} ${node.op}(`, ...inputs, ')'),
    module?.path ? make('p', {}, `in ${module.path} (${module.type})`) : null,
    options.length > 0 ? make('p', {}, make('code', {}, options.join(', '))) : null,
    heading('Result y'),
    numbers(node.value),
    heading('Backward rule'),
    make('pre', { className: 'rule' }, node.rule),
    heading('Gradient that comes in: dy'),
    numbers(node.dy),
    ...node.gradients.flatMap((gradient) => [
      heading(`Gradient that goes out to ${node.inputs[gradient.input].name}`),
      numbers(gradient),
      comparison(gradient.checks, gradient.unchecked),
    ]),
    heading('Kept for backward'),
    ...(saved.length > 0
      ? saved.flatMap(([name, view]) => [make('code', {}, name), numbers(view)])
      : [make('p', {}, 'nothing')]),
    heading('The rules as code'),
    make('pre', { className: 'source' }, `forward: ${node.source.forward}\n\nbackward: ${node.source.backward}`),
  )
}

function showLeaf(leaf) {
  show(
    boxes.find((box) => box.leaf === leaf.name),
    make('h2', {}, leaf.name),
    heading('Value'),
    numbers(leaf.value),
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
  drawn.get(box.id).scrollIntoView({ block: 'nearest', inline: 'nearest' })
}

for (const box of boxes) {
  const element = drawn.get(box.id)
  element.setAttribute('tabindex', '0')
  element.setAttribute('role', 'button')
  element.addEventListener('click', () => showBox(box))
  element.addEventListener('keydown', ({ key }) => key === 'Enter' && showBox(box))
}
document.addEventListener('keydown', ({ key }) => {
  const move = { n: 1, b: -1 }[key]
  const box = move && boxes[Math.min(Math.max(chosen + move, 0), boxes.length - 1)]
  if (box) showBox(box)
})
