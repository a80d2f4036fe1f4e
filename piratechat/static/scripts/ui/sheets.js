// What the browser does not do by itself for the sheets that the buttons of the head open.

import { byId } from '../lib/dom.js'

/**
 * Has a sheet close when the keyboard goes on to what it may cover, and give the keyboard back to where it was.
 *
 * @param {HTMLElement} sheet
 */
export function followKeyboard(sheet) {
  /** @type {Element | null} */
  let before = null
  const goesOn = (/** @type {FocusEvent} */ { target }) => {
    const at = /** @type {Element} */ (target)
    if (!at.closest(`dialog, :popover-open, [popovertarget="${sheet.id}"]`)) sheet.hidePopover()
  }
  sheet.addEventListener('beforetoggle', ({ newState, target }) => {
    if (target === sheet && newState === 'open') before = document.activeElement
  })
  sheet.addEventListener('toggle', (event) => {
    if (event.target !== sheet) return
    if (event.newState === 'open') document.addEventListener('focusin', goesOn)
    else document.removeEventListener('focusin', goesOn)
    // The browser itself gives it back only from the first sheet of those that lie over each other.
    const at = document.activeElement
    if (event.newState === 'open' || (at !== document.body && !sheet.contains(at))) return
    const place = /** @type {HTMLElement} */ (before?.checkVisibility() && before !== document.body ? before : byId('show-more') ?? byId('log'))
    place.focus({ preventScroll: true })
  })
}

/**
 * Has a sheet begin at its beginning, and what is unfolded at its end come into sight.
 *
 * @param {HTMLElement} sheet
 */
export function keepInSight(sheet) {
  // What a details element does does not bubble.
  sheet.addEventListener('toggle', ({ target }) => {
    if (target === sheet) sheet.querySelector('.rest')?.scrollTo(0, 0)
    else if (target instanceof HTMLDetailsElement && target.open) target.scrollIntoView({ block: 'nearest' })
  }, { capture: true })
}
