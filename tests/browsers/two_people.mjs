// Two people and a room, in any browser: Ada opens it on a desktop, Bo follows her link on a phone.
//
//     node two_people.mjs '{"launch": OPTIONS OF puppeteer.launch, "url": "http://...", "pictures": "FOLDER"}'
//
// Exits with status 1 and an error message if a check fails.

import path from 'node:path'
import { parseArgs } from 'node:util'

import puppeteer from 'puppeteer-core'

const TIMEOUT = 20_000 // milliseconds for any wait
const DESK = { width: 1280, height: 800 }
const PHONE = { width: 390, height: 844 }
const ARABIC = '\u0645\u0631\u062D\u0628\u0627 https://example.org/docs/index.html?q=1'

const { positionals: [argument] } = parseArgs({ allowPositionals: true })
const { launch, url, pictures } = JSON.parse(argument)

class Person {
  // In a new browser profile.
  static async arrive(browser, name, viewport) {
    const context = await browser.createBrowserContext()
    return new Person(name, await context.newPage(), viewport)
  }

  constructor(name, page, viewport) {
    Object.assign(this, { name, page, viewport, complaints: [] })
    page.setDefaultTimeout(TIMEOUT)
    page.on('console', (message) => { if (['error', 'warn', 'warning'].includes(message.type())) this.complains(message.text()) })
    page.on('pageerror', (error) => this.complains(error))
    page.on('response', (response) => { if (response.status() >= 400) this.complains(`${response.url()} answers ${response.status()}`) })
  }

  complains(what) {
    this.complaints.push(`${this.name}'s browser: ${what}`)
  }

  async visits(address) {
    await this.page.setViewport(this.viewport)
    await this.page.goto(address)
  }

  async types(selector, text) {
    const field = await this.page.waitForSelector(selector, { visible: true })
    await field.type(text)
  }

  async presses(selector) {
    const button = await this.page.waitForSelector(selector, { visible: true })
    await button.click()
  }

  async opensARoom() {
    await this.types('#open [name=name]', this.name)
    await Promise.all([this.page.waitForNavigation(), this.presses('#open button')])
    await this.isConnected()
    return this.page.$eval('#link', (field) => field.value)
  }

  isConnected() {
    return this.page.waitForSelector('#connection[data-state=connected]')
  }

  async says(text) {
    await this.types('#say [name=text]', text)
    await this.page.keyboard.press('Enter')
  }

  // On a phone, the field for the name appears with the keyboard.
  async saysFirst(text) {
    await this.presses('#say [name=text]')
    await this.types('#say [name=name]', this.name)
    await this.says(text)
  }

  // Waits for a message of `author` whose text matches `pattern`.
  async reads(author, pattern) {
    try {
      await this.page.waitForFunction((author, source) => {
        const said = [...document.querySelectorAll('#messages > [data-author]')]
        const texts = said.filter((each) => each.dataset.author === author).map((each) => each.querySelector('.text'))
        return texts.some((text) => new RegExp(source, 'u').test(text?.textContent))
      }, {}, author, pattern.source)
    } catch (error) {
      throw new Error(`${this.name} has not received ${pattern} from ${author}`, { cause: error })
    }
  }

  // On a phone, a button opens the translators.
  async readsThrough(translator) {
    const link = `#views [data-view=${translator}]`
    if (!await this.page.$eval(link, (one) => one.checkVisibility())) await this.presses('#show-views')
    await this.presses(link)
  }

  // By keyboard; closing returns the focus to the button.
  async opensAndCloses(sheet) {
    await this.page.bringToFront() // pages in the background receive no keys of buttons
    await this.page.focus(`#show-${sheet}`)
    await this.page.keyboard.press('Enter')
    await this.page.waitForSelector(`#${sheet}:popover-open`, { visible: true })
    // The menu of translators is not a dialog: the next Tab moves the focus into it.
    if (sheet === 'views') await this.page.keyboard.press('Tab')
    await this.page.waitForFunction((sheet) => document.getElementById(sheet).contains(document.activeElement), {}, sheet)
    await this.page.keyboard.press('Escape')
    await this.page.waitForFunction((sheet) => !document.querySelector(':popover-open')
      && document.activeElement.id === `show-${sheet}`, {}, sheet)
  }

  // The buttons of a message appear when it is hovered or focused.
  async opens(text) {
    const message = await this.page.waitForSelector(`::-p-xpath(//li[contains(@class, "message")][*[contains(@class, "text")][contains(., "${text}")]])`)
    await message.$eval('.text', (one) => one.scrollIntoView({ block: 'center' }))
    const said = await message.$('.text')
    await said.click()
    await message.evaluate((one) => { one.tabIndex = -1; one.focus() })
    return message
  }

  async showsTheOriginalOf(text, original) {
    const message = await this.opens(text)
    await (await message.$('.original > summary')).click()
    await this.page.waitForFunction((one, original) => {
      const shown = one.querySelector('.original > div')
      return shown.checkVisibility() && shown.textContent.includes(original)
    }, {}, message, original)
  }

  async removesAndRestores(text) {
    await this.page.bringToFront()
    const message = await this.opens(text)
    const shown = await message.$eval('.actions', (bar) => Number(getComputedStyle(bar).opacity))
    if (shown !== 1) this.complains('the buttons of a message are not visible')
    await (await message.$('.actions .more')).click()
    await this.presses('#message-menu [data-action=remove]')
    await this.page.waitForSelector('#undo button', { visible: true })
    await this.page.waitForSelector('.message.removed')
    await this.page.focus('#undo button')
    await this.page.keyboard.press('Enter')
    await this.page.waitForFunction(() => !document.querySelector('.message.removed'))
  }

  // The page fills the window without overflow, no buttons of messages are visible, and the Arabic message is one line.
  async looksRight(theme) {
    await this.page.evaluate((theme) => { document.cookie = `piratechat-theme=${theme}; path=/` }, theme)
    await this.page.reload()
    await this.isConnected()
    const found = await this.page.evaluate(() => {
      document.activeElement.blur()
      const { scrollWidth, clientWidth } = document.documentElement
      const lines = (one) => Math.round(one.getBoundingClientRect().height / Number.parseFloat(getComputedStyle(one).lineHeight))
      const arabic = [...document.querySelectorAll('.message .text')].find((one) => one.textContent.startsWith('\u0645'))
      return {
        below: Math.round(innerHeight - document.querySelector('main').getBoundingClientRect().bottom),
        beside: scrollWidth - clientWidth,
        shown: [...document.querySelectorAll('.message > .actions')].filter((bar) => getComputedStyle(bar).opacity !== '0' && !bar.closest(':hover')).length,
        lines: lines(arabic),
        pieces: arabic.querySelector('a').getClientRects().length,
      }
    })
    const wanted = { below: 0, beside: 0, shown: 0, lines: this.viewport === DESK ? 1 : found.lines, pieces: 1 }
    if (JSON.stringify(found) !== JSON.stringify(wanted) || found.lines > 4) this.complains(`${theme}: ${JSON.stringify(found)}`)
    await this.picture(`${theme}-${this.name}`)
  }

  picture(name) {
    return this.page.screenshot({ path: path.join(pictures, `${name}-${this.viewport.width}.png`) })
  }
}

async function talk(ada, bo) {
  await ada.visits(url)
  const link = await ada.opensARoom()
  await ada.says('Hello, my friend')
  await ada.reads(ada.name, /^Ahoy/)

  await bo.visits(link)
  await bo.isConnected()
  await bo.reads(ada.name, /^Ahoy/)
  await bo.saysFirst('Zanzibar is 100% mine')
  await ada.reads(bo.name, /Zanzibar.*100%/)

  await bo.readsThrough('original')
  await bo.reads(ada.name, /^Hello, my friend$/)
  await ada.says('Is Zanzibar yours?')
  await bo.reads(ada.name, /^Is Zanzibar yours\?$/)

  for (const sheet of ['people', 'invite', 'more']) await ada.opensAndCloses(sheet)
  for (const sheet of ['people', 'views', 'more']) await bo.opensAndCloses(sheet)
  await ada.showsTheOriginalOf('Ahoy', 'Hello, my friend')
  await bo.readsThrough('pirate')
  await bo.reads(ada.name, /^Ahoy/)
  await bo.showsTheOriginalOf('Ahoy', 'Hello, my friend')
  await ada.says(ARABIC)
  await ada.reads(ada.name, /^\u0645/)
  for (const viewport of [DESK, PHONE]) {
    ada.viewport = viewport
    await ada.page.setViewport(viewport)
    await ada.removesAndRestores('100% mine')
    for (const theme of ['pirate', 'harbour', 'plain', 'terminal']) await ada.looksRight(theme)
  }
}

const browser = await puppeteer.launch(launch)
try {
  const ada = await Person.arrive(browser, `Ada of ${launch.browser}`, DESK)
  const bo = await Person.arrive(browser, 'Bo', PHONE)
  try {
    await talk(ada, bo)
  } finally {
    await ada.picture(launch.browser)
    await bo.picture(launch.browser)
    const complaints = [...ada.complaints, ...bo.complaints]
    if (complaints.length) throw new Error(complaints.join('\n'))
  }
} finally {
  await browser.close()
}
