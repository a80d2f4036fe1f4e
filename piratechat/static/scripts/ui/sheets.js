// Behaviour of sheets that browsers do not provide.

import { byId } from '../lib/dom.js'

/**
 * Closes a sheet when the focus moves to an element that it may cover, and restores the focus when it is closed.
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
    // With several open sheets, the browser restores the focus only for the first one.
    const at = document.activeElement
    if (event.newState === 'open' || (at !== document.body && !sheet.contains(at))) return
    const place = /** @type {HTMLElement} */ (before?.checkVisibility() && before !== document.body ? before : byId('show-more') ?? byId('log'))
    place.focus({ preventScroll: true })
  })
}

/**
 * Scrolls a sheet to its top when it opens, and expanded content at its end into view.
 *
 * @param {HTMLElement} sheet
 */
export function keepInSight(sheet) {
  // Toggle events of details elements do not bubble.
  sheet.addEventListener('toggle', ({ target }) => {
    if (target === sheet) sheet.querySelector('.rest')?.scrollTo(0, 0)
    else if (target instanceof HTMLDetailsElement && target.open) target.scrollIntoView({ block: 'nearest' })
  }, { capture: true })
}
