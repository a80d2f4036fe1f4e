"""States of the stage's lively room that its scripts produce, one at a time."""

from sockjs_support.waiting import wait_until

#: Triggers action `arguments[1]` on message `arguments[0]`, by its toolbar or menu; without one, opens the menu.
ACT = """
    const [seq, action] = arguments
    const message = document.getElementById(`m${seq}`)
    message.scrollIntoView({block: 'center'})
    message.tabIndex = -1
    message.focus({preventScroll: true})
    const quick = message.querySelector(`.actions [data-action="${action}"]`)
    const press = (button) => {
        if (button) return button.click()
        const [menu, focused] = [document.getElementById('message-menu'), document.activeElement]
        throw new Error(`"${action}" is missing: ${[message, menu, focused].map((one) => one?.outerHTML).join('; ')}`)
    }
    if (quick) press(quick)
    else {
        press(message.querySelector('.actions .more'))
        if (action) press(document.querySelector(`#message-menu [data-action="${action}"]`))
    }
"""
TYPE = """
    const [field, text] = [document.querySelector(arguments[0]), arguments[1]]
    field.value = text
    field.focus()
    field.setSelectionRange(text.length, text.length)
    field.dispatchEvent(new InputEvent('input', {bubbles: true}))
"""
#: Closes all popups, and clears the field.
LEAVE = """
    for (const one of document.querySelectorAll(':popover-open')) one.hidePopover()
    for (const one of document.querySelectorAll('dialog[open]')) one.close()
    document.querySelector('#purpose button')?.click()
    document.querySelector('#undo button')?.click()
    document.querySelector('#hint-back button')?.click()
    document.querySelector('.unhide')?.click()
    const field = document.getElementById('text')
    field.value = ''
    field.dispatchEvent(new InputEvent('input', {bubbles: true}))
    field.blur()
    document.getElementById('pins').open = false
"""


class RoomStates:
    """Produces each state by its name in `STATES`."""

    def __init__(self, driver):
        self.driver = driver

    #: State -> selector of the element to look at.
    STATES = {
        "toolbar": "#messages",
        "menu": "#message-menu",
        "picker": "#reaction-picker",
        "pins": "#talk",
        "mention": ".completion:not([hidden])",
        "replying": "#foot",
        "editing": "#foot",
        "search": "#search-sheet",
        "who": "#about-message",
        "history": "#about-message",
        "erase": "#about-message",
        "undo": "#undo",
        "jumped": "#foot",
        "hidden": "#messages",
    }

    def each(self):
        """Yield each state's name and element, while it is shown."""
        for name, place in self.STATES.items():
            getattr(self, f"_{name}")()
            yield name, place
            self.leave()

    def leave(self):
        """Close everything, and wait until the room is in its initial state."""
        self.driver.execute_script(LEAVE)
        self._there("#messages:not(:has(.removed))")

    def _act(self, seq, action=""):
        self.driver.execute_script(ACT, seq, action)

    def _there(self, selector):
        wait_until(
            lambda: self.driver.execute_script("return document.querySelector(arguments[0])", selector), selector
        )

    def _toolbar(self):
        self.driver.execute_script(ACT.partition("const quick")[0], 3, "")
        self._there("#m3 > .actions")

    def _menu(self):
        self._act(2)
        self._there("#message-menu:popover-open")

    def _picker(self):
        self._act(4, "react")
        self.driver.execute_script(TYPE, "#reaction-picker input", "heart")
        self._there("#reaction-picker .found button")

    def _pins(self):
        self.driver.execute_script("document.getElementById('pins').open = true")

    def _mention(self):
        self._replying()
        self.driver.execute_script(TYPE, "#text", "Hello @")
        self._there(".completion:not([hidden]) li")

    def _replying(self):
        self._act(4, "reply")
        self._there("#purpose:not([hidden]) q")

    def _editing(self):
        self._act(6, "edit")
        self._there("#purpose:not([hidden]) q")

    def _search(self):
        self.driver.execute_script("document.getElementById('to-search').click()")
        self.driver.execute_script(TYPE, "#search-sheet input", "map")
        self._there("#search-sheet mark")

    def _who(self):
        self._act(1, "who")
        self._there("#about-message[open]")

    def _history(self):
        self._act(2, "history")
        self._there("#about-message[open] li + li")

    def _erase(self):
        self._act(6, "erase")
        self._there("#about-message[open] .danger")

    def _undo(self):
        self._act(6, "remove")
        self._there("#undo button")

    def _jumped(self):
        self.driver.execute_script("document.querySelector('#m4 .reply a').click()")
        self._there("#hint-back button")

    def _hidden(self):
        self._act(5, "hide")
        self._there("#m5 .unhide")
