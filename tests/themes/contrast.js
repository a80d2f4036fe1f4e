// Measures, in a page, whether the letters of controls can be told from what is behind them; see test_contrast.py.

// Opens what is folded, and takes away all letters but not their places: what is behind them shows.
function undress() {
  for (const details of document.querySelectorAll('details')) details.open = true
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(`*, ::before, ::after, ::placeholder {
    -webkit-text-fill-color: transparent !important; text-decoration-color: transparent !important;
    text-shadow: none !important; caret-color: transparent !important; outline-color: transparent !important;
    box-shadow: none !important; transition: none !important; animation: none !important }
    ::backdrop { background: none !important }`)
  document.adoptedStyleSheets = [sheet]
  new MutationObserver(() => { changed = true })
    .observe(document, { subtree: true, childList: true, attributes: true, characterData: true })
}

// Whether the page changed after `undress`: a notice may disappear between the picture and the measurement.
let changed = false

// `shot`: a picture of the undressed page, PNG in base64.  Resolves to null if the page changed since `undress`.  Otherwise
// to how many places with letters were measured, and to those whose contrast is too low: [element, id or class, text,
// contrast, colour].
async function measure(shot) {
  const bitmap = await createImageBitmap(new Blob([Uint8Array.fromBase64(shot)], { type: 'image/png' }))
  const picture = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d', { willReadFrequently: true })
  picture.drawImage(bitmap, 0, 0)
  const scale = bitmap.width / innerWidth
  const found = []
  let measured = 0
  for (const control of document.querySelectorAll('a, button, summary, input, textarea, select, label')) {
    if (control.matches(':disabled, [type=hidden], [type=checkbox]')) continue
    if (!control.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue
    for (const { element, pseudo, boxes } of letters(control)) {
      const style = getComputedStyle(element, pseudo)
      const ink = rgba(style.color)
      const opacity = opacityOf(element)
      const ratios = []
      for (const box of boxes) {
        const { left, top, width, height } = inSight(box, element)
        if (width < 2 || height < 2) continue
        // What others cover, even a corner of it, says nothing of what is behind.
        const points = [[.5, .5], [.02, .1], [.02, .9], [.98, .1], [.98, .9]]
        if (points.some(([x, y]) => !control.contains(document.elementFromPoint(left + width * x, top + height * y)))) continue
        const { data } = picture.getImageData(left * scale, top * scale, width * scale, height * scale)
        for (let at = 0; at < data.length; at += 4 * 7) {
          const ground = data.subarray(at, at + 3)
          ratios.push(ratio(over(ink, opacity, ground), ground))
        }
      }
      if (!ratios.length) continue
      measured++
      ratios.sort((one, other) => one - other)
      // A few points may be a line or an edge.
      const worst = ratios[Math.floor(ratios.length / 20)]
      if (worst < wanted(style)) {
        const name = control.id || control.className || control.closest('[id]')?.id
        found.push([control.localName, name, element.textContent.trim().slice(0, 30), Math.round(worst * 100) / 100, style.color])
      }
    }
  }
  return changed ? null : [measured, found]
}

// Where letters of a control are, and of which element: of its text, of what a field holds, or of a placeholder.
function letters(control) {
  if (control.matches('input, textarea, select')) {
    const pseudo = control.placeholder && !control.value ? '::placeholder' : null
    return [{ element: control, pseudo, boxes: [inset(control.getBoundingClientRect(), 8, 6)] }]
  }
  const found = []
  const walker = document.createTreeWalker(control, NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) {
    const { data, parentElement } = walker.currentNode
    if (!data.trim()) continue
    const range = document.createRange()
    range.selectNodeContents(walker.currentNode)
    // Without their edges, which may lie between pixels.
    found.push({ element: parentElement, pseudo: null, boxes: [...range.getClientRects()].map((box) => inset(box, 1, 2)) })
  }
  return found
}

const inset = ({ left, top, right, bottom }, x, y) => ({ left: left + x, top: top + y, right: right - x, bottom: bottom - y })

// What is left of a box in the window, and where elements around it scroll.
function inSight(box, element) {
  let { left, top, right, bottom } = box
  const clip = (other) => {
    [left, top] = [Math.max(left, other.left), Math.max(top, other.top)]
    ;[right, bottom] = [Math.min(right, other.right), Math.min(bottom, other.bottom)]
  }
  clip({ left: 0, top: 0, right: innerWidth, bottom: innerHeight })
  for (let around = element; around; around = around.parentElement) {
    if (getComputedStyle(around).overflowY !== 'visible') clip(around.getBoundingClientRect())
  }
  return { left, top, width: right - left, height: bottom - top }
}

// ---- colours, as WCAG 2.2 has them

function wanted({ fontSize, fontWeight }) {
  const size = Number.parseFloat(fontSize)
  return size >= 24 || (size >= 18.66 && Number(fontWeight) >= 700) ? 3 : 4.5
}

const linear = (value) => (value <= 10.31475 ? value / 3294.6 : ((value / 255 + .055) / 1.055) ** 2.4)
const luminance = ([red, green, blue]) => .2126 * linear(red) + .7152 * linear(green) + .0722 * linear(blue)

function ratio(one, other) {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (light + .05) / (dark + .05)
}

const over = ([red, green, blue, alpha], opacity, ground) =>
  [red, green, blue].map((value, at) => ground[at] + (value - ground[at]) * opacity * alpha / 255)

const opacityOf = (element) => (element ? getComputedStyle(element).opacity * opacityOf(element.parentElement) : 1)

const dot = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true })

// A colour in any of the ways that style sheets write it, as numbers from 0 to 255.
function rgba(colour) {
  dot.clearRect(0, 0, 1, 1)
  dot.fillStyle = colour
  dot.fillRect(0, 0, 1, 1)
  return [...dot.getImageData(0, 0, 1, 1).data]
}

window.contrast = { undress, measure }
