// Whether a visitor may post, and if not, the reason, as on the server's pages.  Pure.

import { text as t } from '../lib/texts.js'

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
    this.unknown = false // this browser does not store our cookie
  }

  get reason() {
    if (this.owner) return null
    if (this.unknown) return t('frame.no_cookies')
    return this.muted ? t('error.muted') : this.readOnly ? t('error.read_only') : null
  }

  /** @param {{muted?: boolean, readOnly?: boolean, unknown?: boolean}} news */
  change(news) {
    Object.assign(this, news)
    this.onChange(this.reason)
  }
}
