// Whether a visitor may speak, and if not why: in the words of the server's pages.  Pure.

const SILENCED = 'The owner of this room has silenced you here: you can read on.'
const READ_ONLY = 'This room is read-only: only its owner speaks here.'

export class Speech {
  // Called back: onChange(reason or null).
  constructor(owner, onChange) {
    Object.assign(this, { owner, onChange, silenced: false, readOnly: false })
  }

  get reason() {
    if (this.owner) return null
    return this.silenced ? SILENCED : this.readOnly ? READ_ONLY : null
  }

  change(news) {
    Object.assign(this, news)
    this.onChange(this.reason)
  }
}
