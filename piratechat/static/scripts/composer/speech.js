// Whether a visitor may speak, and if not why: in the words of the server's pages.  Pure.

const MUTED = 'The owner of this room has muted you here: you can read on.'
const READ_ONLY = 'This room is read-only: only its owner speaks here.'

export class Speech {
  /**
   * @param {boolean} owner
   * @param {(reason: string | null) => void} onChange
   */
  constructor(owner, onChange) {
    this.owner = owner
    this.onChange = onChange
    this.muted = false
    this.readOnly = false
  }

  get reason() {
    if (this.owner) return null
    return this.muted ? MUTED : this.readOnly ? READ_ONLY : null
  }

  /** @param {{muted?: boolean, readOnly?: boolean}} news */
  change(news) {
    Object.assign(this, news)
    this.onChange(this.reason)
  }
}
