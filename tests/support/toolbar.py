"""What can be done with a message, chosen as a person does: pointed at, in the menu of its toolbar."""

from selenium.webdriver import ActionChains
from selenium.webdriver.common.by import By

from sockjs_support.waiting import wait_until

OPEN = "return document.getElementById('message-menu').matches(':popover-open')"


class Toolbar:
    def __init__(self, driver):
        self.driver = driver

    def point_at(self, seq):
        """Point at message `seq`; return its toolbar."""
        text = self.driver.find_element(By.CSS_SELECTOR, f"#m{seq} > :is(.text, .note)")
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", text)
        # The pointer may be there already, and then nothing is told.
        ActionChains(self.driver).move_by_offset(1, 0).move_to_element(text).perform()
        wait_until(lambda: self.driver.find_elements(By.CSS_SELECTOR, f"#m{seq} > .actions"), "the toolbar")
        return self.driver.find_element(By.CSS_SELECTOR, f"#m{seq} > .actions")

    def press(self, seq, action):
        """Press the button of `action` in the toolbar of message `seq`."""
        self.point_at(seq).find_element(By.CSS_SELECTOR, f"[data-action={action}]").click()

    def open(self, seq):
        """Unfold the menu of message `seq`; return the labels in it."""
        self.point_at(seq).find_element(By.CSS_SELECTOR, ".more").click()
        wait_until(lambda: self.driver.execute_script(OPEN), "the menu")
        return [row.text for row in self.driver.find_elements(By.CSS_SELECTOR, "#message-menu button")]

    def choose(self, seq, action):
        """Choose `action` from the menu of message `seq`."""
        self.open(seq)
        self.driver.find_element(By.CSS_SELECTOR, f"#message-menu [data-action={action}]").click()
