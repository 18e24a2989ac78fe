/** What the server answers; a list is asked for by one parameter each. @throws Error with its reason where it refuses */
export async function ask(name, query = {}) {
  const parameters = Object.entries(query).flatMap(([key, value]) => [value].flat().map((item) => [key, item]))
  const response = await fetch(`api/${name}?${new URLSearchParams(parameters)}`)
  const body = await response.json().catch(() => ({ error: `the server answered ${response.status}` }))
  if (!response.ok) throw new Error(body.error)
  return body
}

/**
 * Listen to the server while the page is looked at: a browser allows few connections to one server, and hidden tabs need none.
 * @param handlers by event; `open` whenever a connection begins, `closed` when it is lost
 */
export function listen(handlers) {
  let source = null
  const close = () => {
    source?.close()
    source = null
  }
  const open = () => {
    close()
    source = new EventSource('api/events')
    source.onopen = () => handlers.open()
    source.onerror = () => handlers.closed()
    for (const event of ['runs', 'curves']) {
      source.addEventListener(event, ({ data }) => handlers[event](JSON.parse(data)))
    }
  }
  document.addEventListener('visibilitychange', () => (document.hidden ? close() : open()))
  if (!document.hidden) open()
}
