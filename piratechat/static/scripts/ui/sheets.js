// What the browser does not do by itself for the sheets that the buttons of the head open.

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
