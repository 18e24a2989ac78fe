import { ask } from './api.js'

/** Runs that are shown at first. */
const shownAtFirst = 5

/** Colours there are; see page.css. */
const colours = 10

/** What is known of the runs, and which are shown. */
export class Store {
  /** By id, in the order of the list. */
  runs = new Map()
  /** Ids of the runs whose curves are shown. */
  shown = new Set()
  curves = new Map()
  #colours = new Map()
  #isNew = true

  constructor(onChange) {
    this.onChange = onChange
  }

  /** Take the whole list; the curves that are shown are asked for anew. */
  setRuns(list) {
    const byTime = [...list].sort((a, b) => b.updated - a.updated)
    this.runs = new Map(byTime.map((run) => [run.id, run]))
    if (this.#isNew) for (const { id } of byTime.slice(0, shownAtFirst)) this.shown.add(id)
    this.#isNew = false
    for (const id of this.shown) if (!this.runs.has(id)) this.shown.delete(id)
    for (const id of this.shown) this.load(id)
    this.onChange()
  }

  changeRuns({ changed, removed }) {
    for (const id of removed) {
      this.runs.delete(id)
      this.shown.delete(id)
      this.curves.delete(id)
    }
    const added = changed.filter(({ id }) => !this.runs.has(id))
    for (const run of changed) if (this.runs.has(run.id)) this.runs.set(run.id, run)
    if (added.length > 0) this.runs = new Map([...added.map((run) => [run.id, run]), ...this.runs])
    // Somebody has begun it just now: they want to see it.
    for (const { id } of added) if (this.shown.size < colours) this.show(id, true)
    this.onChange()
  }

  show(id, isShown) {
    if (isShown) {
      this.shown.add(id)
      this.load(id)
    } else this.shown.delete(id)
    this.onChange()
  }

  /** Number of a run's colour: it keeps it. */
  colourOf(id) {
    if (!this.#colours.has(id)) this.#colours.set(id, this.#colours.size % colours)
    return this.#colours.get(id)
  }

  async load(id) {
    try {
      this.curves.set(id, await ask('curves', { run: id }))
    } catch {
      return // it is gone, or the server is: the list will say so
    }
    this.onChange()
  }

  /** Take the new end of a run's curves, if what is here is what it belongs to. */
  extend(change) {
    const known = this.curves.get(change.run)
    if (!known) return
    const isSame = known.generation === change.generation
    if (isSame && change.logged < known.logged) return
    const isWhole = change.steps.from === 0 && change.epochs.from === 0
    const fits = isSame && known.stride === change.stride && change.steps.from <= known.steps.step.length
    if (isWhole) this.curves.set(change.run, change)
    else if (fits && change.epochs.from <= known.epochs.step.length) {
      splice(known.steps, change.steps)
      splice(known.epochs, change.epochs)
      known.logged = change.logged
    } else this.load(change.run)
    this.onChange()
  }
}

/** Put new points in the place of those from their beginning on. */
function splice(lists, { from, ...added }) {
  for (const [key, values] of Object.entries(added)) lists[key].splice(from, Infinity, ...values)
}
