// Creates elements.  People's text only ever becomes text nodes, never markup.

/** @typedef {Node | string | false | null | undefined} Child */

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} name
 * @param {Record<string, string | number | boolean | null | undefined>} attributes  true: without a value
 * @param {(Child | Child[])[]} children
 */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(key, '')
    else if (value !== null && value !== undefined && value !== false) made.setAttribute(key, String(value))
  }
  for (const child of children.flat()) if (child !== null && child !== undefined && child !== false) made.append(child)
  return made
}

/** @type {import('../types.d.ts').ById} */
export const byId = (/** @type {string} */ id) => /** @type {any} */ (document.getElementById(id))

/**
 * Moves the focus before an element is hidden or removed; otherwise it would return to the top of the page.
 *
 * @param {Element} from
 * @param {HTMLElement} to
 */
export function handFocus(from, to) {
  if (from.contains(document.activeElement)) to.focus({ preventScroll: true })
}

/**
 * Shows `text` in an element that is hidden while it is empty.
 *
 * @param {HTMLElement} place
 * @param {string | null | undefined} text
 */
export function tell(place, text) {
  place.textContent = text ?? ''
  place.hidden = !text
}
