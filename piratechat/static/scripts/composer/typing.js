// Inserts text into a field as if it had been typed.

/**
 * Returns the position of the caret in `field`, or null if text is selected.
 *
 * @param {HTMLTextAreaElement} field
 */
export function caretOf({ selectionStart, selectionEnd }) {
  return selectionStart === selectionEnd ? selectionStart : null
}

/**
 * Replaces the text from `start` to `end` with `text`; the browser can undo this.
 *
 * @param {HTMLTextAreaElement} field
 * @param {number} start
 * @param {number} end
 * @param {string} text
 */
export function typeInto(field, start, end, text) {
  field.setSelectionRange(start, end)
  if (document.execCommand('insertText', false, text)) return
  field.setRangeText(text, start, end, 'end')
  field.dispatchEvent(new InputEvent('input', { bubbles: true, inputType: 'insertReplacementText' }))
}

/**
 * Whether a key belongs to an input method, or to the browser.
 *
 * @param {KeyboardEvent} event
 */
export function isForOthers(event) {
  return event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey || event.altKey
}
