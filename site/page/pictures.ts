import { pictures } from '../pictures/index.js'
import type { Control, Parameters, Picture } from '../pictures/picture.js'
import { make } from './dom.js'
import { pictureEngine } from './engine.js'

/** Milliseconds between two steps of a picture that plays. */
const beat = 450

/** Draw the pictures of a page as soon as they come into sight. */
export function mountPictures(root: ParentNode): void {
  const sight = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue
        sight.unobserve(target)
        void mountPicture(target as HTMLElement)
      }
    },
    { rootMargin: '200px' },
  )
  for (const figure of root.querySelectorAll<HTMLElement>('figure.picture:not([data-mounted])')) {
    figure.dataset.mounted = 'yes'
    sight.observe(figure)
  }
}

async function mountPicture(figure: HTMLElement): Promise<void> {
  const name = figure.dataset.picture!
  const picture = (await pictures[name]!()) as unknown as Picture<unknown>
  const parameters: Parameters = { ...picture.start }
  const place = make('div', { class: 'drawing' }, make('p', { class: 'waiting' }, 'computing …'))
  let values: unknown
  let isBusy = false
  let isWanted = false

  const redraw = (): void => {
    if (values === undefined) return
    place.replaceChildren(picture.draw(values, parameters, (key, value) => controls.get(key)!.set(value)))
    figure.dataset.drawn = String(Number(figure.dataset.drawn ?? 0) + 1)
  }
  /** One computation at a time, and after it the latest that was asked for. */
  async function compute(): Promise<void> {
    isWanted = true
    if (isBusy) return
    isBusy = true
    figure.classList.add('busy')
    while (isWanted) {
      isWanted = false
      await pictureEngine.perform({ type: 'compute', picture: name, parameters: { ...parameters } }, (reply) => {
        if (reply.type === 'values') values = reply.values
        if (reply.type === 'failed') place.replaceChildren(make('pre', { class: 'failure' }, reply.failure.message))
      })
      redraw()
    }
    isBusy = false
    figure.classList.remove('busy')
  }
  const controls = new Map(
    picture.controls.map((control) => {
      const part = controlOf(control, parameters, () => (control.isView ? redraw() : void compute()))
      return [control.name, part] as const
    }),
  )
  const elements = Array.from(controls.values(), ({ element }) => element)
  figure.replaceChildren(
    place,
    make('div', { class: 'controls' }, ...elements),
    make('figcaption', {}, picture.caption),
  )
  await compute()
}

interface Part {
  element: HTMLElement
  set: (value: number) => void
}

function controlOf(control: Control, parameters: Parameters, onChange: () => void): Part {
  const { name, label } = control
  if (control.kind === 'choice') {
    const options = control.options.map((option) => make('option', { value: option }, String(option)))
    const select = make('select', { name }, ...options)
    select.value = String(parameters[name])
    select.addEventListener('change', () => {
      parameters[name] = typeof control.options[0] === 'number' ? Number(select.value) : select.value
      onChange()
    })
    return { element: make('label', {}, `${label} `, select), set: () => {} }
  }
  const { min, max, step, play } = control
  const input = make('input', { type: 'range', name, min, max, step, value: parameters[name] })
  const shown = make('output', {}, String(parameters[name]))
  const set = (value: number): void => {
    parameters[name] = value
    input.value = String(value)
    shown.textContent = String(value)
    onChange()
  }
  input.addEventListener('input', () => set(Number(input.value)))
  const element = make('label', {}, `${label} `, input, shown)
  if (!play) return { element, set }
  const button = make('button', { type: 'button' }, 'Play')
  let timer: ReturnType<typeof setInterval> | undefined
  button.addEventListener('click', () => {
    if (timer !== undefined) return stop()
    button.textContent = 'Pause'
    if (Number(input.value) >= max) set(min)
    timer = setInterval(() => {
      if (!input.isConnected || Number(input.value) >= max) return stop()
      set(Math.min(max, Number(input.value) + Math.max(step, Math.round((max - min) / 40))))
    }, beat)
  })
  function stop(): void {
    clearInterval(timer)
    timer = undefined
    button.textContent = 'Play'
  }
  return { element: make('span', {}, element, button), set }
}
