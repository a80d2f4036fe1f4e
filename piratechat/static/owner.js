// What only the owner of the room has: the panel, and removing and restoring messages.

import { Asking } from './asking.js'
import { byId, tell } from './dom.js'
import { Panel } from './panel.js'
import { Undo } from './undo.js'

export class Owner {
  // `log`: see log.js; send(object): puts it on the link, and tells whether it went.
  constructor(main, { page, log, send }) {
    Object.assign(this, { page, log })
    this.asking = new Asking(send)
    this.panel = new Panel(byId('owner'), {
      page,
      ask: (values) => this.asking.ask(values),
      fetchDeeds: () => this.fetch('deeds'),
    })
    this.undo = new Undo(byId('undo'), (seq) => this.putBack(seq))
    this.before = false
    main.addEventListener('submit', (event) => this.submit(event))
    // What a details element does does not bubble.
    log.list.addEventListener('toggle', ({ target }) => this.opened(target), { capture: true })
  }

  // Without a connection forms go their own way.
  submit(event) {
    const what = ['remove', 'restore'].find((one) => event.target.classList.contains(one))
    const seq = Number(event.target.closest('.message')?.dataset.seq)
    if (what && seq && this.change(what, seq)) event.preventDefault()
  }

  change(what, seq) {
    return this.asking.ask({ type: what, seq })?.then(
      () => { if (what === 'remove') this.undo.offer(seq) },
      ({ message }) => tell(byId('notice'), message))
  }

  putBack(seq) {
    const item = this.log.items.get(seq)
    if (item) {
      item.tabIndex = -1
      item.focus({ preventScroll: true }) // the button under their finger is gone
    }
    if (!this.change('restore', seq)) tell(byId('notice'), 'Not connected: the message itself offers to restore it later.')
  }

  // The words of a message that was removed where we could not see it.
  async opened(details) {
    if (!details.open || !details.classList.contains('words')) return
    const seq = Number(details.closest('.message').dataset.seq)
    const { text, removed_text: known } = this.log.messages.get(seq)
    if (text || known) return
    try {
      this.log.change(seq, await this.fetch(`messages/${seq}`))
      this.log.items.get(seq).querySelector('.words')?.setAttribute('open', '')
    } catch { /* it can be opened again */ }
  }

  async fetch(path) {
    const answer = await fetch(`${this.page.url}/${path}`, { headers: { Accept: 'application/json' } })
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`)
    return answer.json()
  }

  // ---- what comes in

  // What was done while there was no connection is not told again.
  welcomed(present) {
    if (this.before) this.panel.outdated()
    this.before = true
    this.met(present)
  }

  met(names) {
    for (const name of names) this.panel.know(name)
  }
}
