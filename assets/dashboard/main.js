import { ask, listen } from './api.js'
import { Charts } from './charts.js'
import { Differences } from './differences.js'
import { setText } from './dom.js'
import { RunPanels } from './runPanels.js'
import { RunsTable } from './runsTable.js'
import { Store } from './store.js'

const byId = (id) => document.getElementById(id)

let opened = null
let isScheduled = false

/** Draw soon, once, whatever changes until then. */
function schedule() {
  if (isScheduled) return
  isScheduled = true
  requestAnimationFrame(() => {
    isScheduled = false
    draw()
  })
}

const store = new Store(schedule)
const charts = new Charts(store, byId('charts'))
const differences = new Differences(byId('differences'))
const panels = new RunPanels(byId('run-title'), byId('panels'))
const table = new RunsTable(store, byId('runs'), (id) => {
  opened = id
  draw()
})

byId('smoothing').addEventListener('input', ({ target }) => {
  charts.smoothing = Number(target.value)
  schedule()
})
byId('axis').addEventListener('change', ({ target }) => {
  charts.axis = target.value
  schedule()
})
byId('log-loss').addEventListener('change', ({ target }) => charts.setLogarithmic(target.checked))

function draw() {
  if (!store.runs.has(opened)) opened = store.runs.keys().next().value ?? null
  table.draw(opened)
  charts.draw()
  differences.setRuns([...store.shown])
  panels.setRun(store.runs.get(opened) ?? null)
  byId('run').hidden = opened === null
  const strides = [...store.shown].map((id) => store.curves.get(id)?.stride ?? 1)
  const most = Math.max(1, ...strides)
  setText(
    byId('curves-note'),
    `Solid: training (pale: not smoothed), dashed: validation or test. ${most > 1 ? `A point is the mean of up to ${most} logged steps. ` : ''}Drag to zoom, double-click for all.`,
  )
}

async function refresh() {
  try {
    const { root, version, runs } = await ask('runs')
    setText(byId('root'), `${version} · ${root}`)
    store.setRuns(runs)
  } catch (error) {
    setText(byId('connection'), error.message)
  }
}

function show(state) {
  setText(byId('connection'), state)
  byId('connection').className = state
}

show('connecting')
listen({
  open: () => {
    show('live')
    refresh()
  },
  closed: () => show('disconnected'),
  runs: (change) => store.changeRuns(change),
  curves: (change) => store.extend(change),
})
setInterval(() => table.draw(opened), 5000) // the times in it
