// Brings older messages into the page, where a link leads to them without JavaScript.

const PAGE = 50

export function bringOlder(place, { log, scroll, views, fetchMessages }) {
  const link = place.querySelector('a')
  link.addEventListener('click', async (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return
    event.preventDefault()
    if (link.getAttribute('aria-busy')) return
    link.setAttribute('aria-busy', 'true')
    try {
      const before = log.first
      const messages = await fetchMessages({ before, limit: PAGE })
      scroll.hold(log.items.get(before), () => log.putOlder(messages))
      views.askPending()
      if (messages.length < PAGE || log.first === 1) place.remove()
    } catch {
      location.assign(link.href)
    } finally {
      link.removeAttribute('aria-busy')
    }
  })
}
