// Copies the source text of messages, with the formatting marks, which are not shown.

import { text as t } from '../lib/texts.js'

const CONFIRMED = 2000   // milliseconds for which a button shows that it has copied
const SAID = '.text, .original > div'

/**
 * @param {HTMLElement} log
 * @param {() => void} onCopied  after a button was pressed
 */
export function offerCopies(log, onCopied) {
  log.addEventListener('copy', (event) => {
    const selection = document.getSelection()
    const text = selection?.rangeCount === 1 && !selection.isCollapsed ? written(log, selection.getRangeAt(0)) : null
    if (!text) return
    event.clipboardData?.setData('text/plain', text)
    event.preventDefault()
  })
  log.addEventListener('click', ({ target }) => {
    if (target instanceof HTMLButtonElement && target.matches('.copy')) copyCode(target).then(onCopied)
  })
}

/** @param {HTMLButtonElement} button */
async function copyCode(button) {
  const code = button.closest('.block')?.querySelector('code')
  if (!code) return
  await toClipboard([...code.childNodes].filter((node) => !isMark(node)).map((node) => node.textContent).join('').replace(/\n$/, ''))
  button.textContent = t('share.copied')
  setTimeout(() => { button.textContent = t('message.copy_code') }, CONFIRMED)
}

/** @param {string} text */
export async function toClipboard(text) {
  try {
    await navigator.clipboard.writeText(text)
  } catch {
    // The clipboard API needs a secure page; this works on other pages.
    const give = (/** @type {ClipboardEvent} */ event) => {
      event.clipboardData?.setData('text/plain', text)
      event.preventDefault()
      event.stopImmediatePropagation()
    }
    document.addEventListener('copy', give, { capture: true, once: true })
    document.execCommand('copy')
    document.removeEventListener('copy', give, { capture: true })
  }
}

/**
 * Returns the source text of `range` in the log: of one message its text, of several also their authors.  Returns null if
 * the range contains anything else.
 *
 * @param {HTMLElement} log
 * @param {Range} range
 */
function written(log, range) {
  const around = elementOf(range.commonAncestorContainer)
  if (!log.contains(around)) return null
  const inner = around.closest(SAID)
  if (inner) return textIn(inner, range)
  const found = []
  for (const message of log.querySelectorAll('.message')) {
    const texts = [...message.querySelectorAll(SAID)].filter((said) => range.intersectsNode(said) && said.checkVisibility())
      .map((said) => textIn(said, range)).filter(Boolean)
    if (texts.length) found.push({ author: message.querySelector('.author')?.textContent ?? '', text: texts.join('\n') })
  }
  return found.length > 1 ? found.map(({ author, text }) => `${author}: ${text}`).join('\n') : found[0]?.text ?? null
}

/**
 * Returns the part of `said` in `range`, with the marks at its ends if the range contains everything between them.
 *
 * @param {Element} said
 * @param {Range} range
 */
function textIn(said, range) {
  const whole = document.createRange()
  whole.selectNodeContents(said)
  const part = range.cloneRange()
  if (part.compareBoundaryPoints(Range.START_TO_START, whole) < 0 || !seen(whole, part, 'start')) {
    part.setStart(whole.startContainer, whole.startOffset)
  }
  if (part.compareBoundaryPoints(Range.END_TO_END, whole) > 0 || !seen(whole, part, 'end')) {
    part.setEnd(whole.endContainer, whole.endOffset)
  }
  const copy = part.cloneContents()
  for (const button of copy.querySelectorAll('button')) button.remove()
  return copy.textContent ?? ''
}

/**
 * Whether `whole` shows anything before the start, or after the end, of `part`.
 *
 * @param {Range} whole
 * @param {Range} part
 * @param {'start' | 'end'} edge
 */
function seen(whole, part, edge) {
  const between = whole.cloneRange()
  if (edge === 'start') between.setEnd(part.startContainer, part.startOffset)
  else between.setStart(part.endContainer, part.endOffset)
  const copy = between.cloneContents()
  for (const mark of copy.querySelectorAll('[hidden], button')) mark.remove()
  return copy.textContent !== ''
}

/** @param {Node} node */
const isMark = (node) => node instanceof HTMLElement && node.hidden

/**
 * @param {Node} node
 * @returns {Element}
 */
const elementOf = (node) => (node instanceof Element ? node : /** @type {Element} */ (node.parentElement))
