"""Uses a message's toolbar and its menu as a person does."""

from selenium.webdriver import ActionChains
from selenium.webdriver.common.by import By

from sockjs_support.waiting import wait_until

OPEN = "return document.getElementById('message-menu').matches(':popover-open')"


class Toolbar:
    def __init__(self, driver):
        self.driver = driver

    def point_at(self, seq):
        """Move the pointer to message `seq`; return its toolbar."""
        text = self.driver.find_element(By.CSS_SELECTOR, f"#m{seq} > :is(.text, .note)")
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", text)
        # If the pointer is there already, the browser fires no event.
        ActionChains(self.driver, duration=0).move_by_offset(1, 0).move_to_element(text).perform()
        wait_until(lambda: self.driver.find_elements(By.CSS_SELECTOR, f"#m{seq} > .actions"), "the toolbar")
        return self.driver.find_element(By.CSS_SELECTOR, f"#m{seq} > .actions")

    def press(self, seq, action):
        """Press the button for `action` in the toolbar of message `seq`."""
        self.point_at(seq).find_element(By.CSS_SELECTOR, f"[data-action={action}]").click()

    def open(self, seq):
        """Open the menu of message `seq`; return its labels."""
        self.point_at(seq).find_element(By.CSS_SELECTOR, ".more").click()
        wait_until(lambda: self.driver.execute_script(OPEN), "the menu")
        return [row.text for row in self.driver.find_elements(By.CSS_SELECTOR, "#message-menu button")]

    def choose(self, seq, action):
        """Choose `action` from the menu of message `seq`."""
        self.open(seq)
        self.driver.find_element(By.CSS_SELECTOR, f"#message-menu [data-action={action}]").click()
