// Two people and a room, in any browser: Ada opens it at a desk, Bo comes by her link on a phone.
//
//     node two_people.mjs '{"launch": OPTIONS FOR puppeteer.launch, "url": "http://...", "pictures": "FOLDER"}'
//
// Ends with status 1, and says what was not as it should be.

import path from 'node:path'
import { parseArgs } from 'node:util'

import puppeteer from 'puppeteer-core'

const PATIENCE = 20_000 // milliseconds for anything that one of them waits for
const DESK = { width: 1280, height: 800 }
const PHONE = { width: 390, height: 844 }

const { positionals: [argument] } = parseArgs({ allowPositionals: true })
const { launch, url, pictures } = JSON.parse(argument)

class Person {
  // In a profile of their own, which nobody has used before.
  static async arrive(browser, name, viewport) {
    const context = await browser.createBrowserContext()
    return new Person(name, await context.newPage(), viewport)
  }

  constructor(name, page, viewport) {
    Object.assign(this, { name, page, viewport, complaints: [] })
    page.setDefaultTimeout(PATIENCE)
    page.on('console', (message) => { if (message.type() === 'error') this.complains(message.text()) })
    page.on('pageerror', (error) => this.complains(error))
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

  // On a phone the field for the name comes with the keyboard.
  async saysFirst(text) {
    await this.presses('#say [name=text]')
    await this.types('#say [name=name]', this.name)
    await this.says(text)
  }

  // A message of `author` whose text matches `pattern`.
  async reads(author, pattern) {
    try {
      await this.page.waitForFunction((author, source) => {
        const said = [...document.querySelectorAll('#messages > [data-author]')]
        const texts = said.filter((each) => each.dataset.author === author).map((each) => each.querySelector('.text'))
        return texts.some((text) => new RegExp(source, 'u').test(text?.textContent))
      }, {}, author, pattern.source)
    } catch (error) {
      throw new Error(`${this.name} does not read ${pattern} of ${author}`, { cause: error })
    }
  }

  // A phone has the translators behind a button.
  async readsThrough(translator) {
    const link = `#views [data-view=${translator}]`
    if (!await this.page.$eval(link, (one) => one.checkVisibility())) await this.presses('#show-views')
    await this.presses(link)
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
