"""Templates insert values from JSON, and have no other capabilities."""

import contextlib
import unittest

from hypothesis import given
from hypothesis import strategies as st

from piratechat.notifications.template import MAX_LENGTH, Missing, Template

ORDER = {
    "order": {"number": 7, "total": 12.5, "paid": True, "items": [{"name": "rope"}, {"name": "тросы"}]},
    "at": None,
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


class Filled(unittest.TestCase):
    def test_placeholders_are_replaced(self):
        for template, expected in (
            ("Order {order.number}", "Order 7"),
            ("{order.total} for {order.items.0.name} and {order.items.1.name}", "12.5 for rope and тросы"),
            ("paid: {order.paid}", "paid: true"),
            ("nothing", "nothing"),
            ("{{order.number}} is {order.number}", "{order.number} is 7"),
            ("}}{{", "}{"),
        ):
            with self.subTest(template):
                self.assertEqual(Template(template).fill(ORDER), expected)

    def test_missing_values_are_named(self):
        for template, complaint in (
            ("{order.state}", "it has no order.state"),
            ("{customer.name}", "it has no customer"),
            ("{at}", "it has no at"),
            ("{order.items.2.name}", "it has no order.items.2"),
            ("{order.items.-1.name}", "it has no order.items.-1"),
            ("{order.items.first}", "it has no order.items.first"),
            ("{order.number.real}", "it has no order.number.real"),
            ("{order}", "order is no text and no number"),
            ("{order.items}", "order.items is no text and no number"),
        ):
            with self.subTest(template), self.assertRaisesRegex(Missing, f"^{complaint}$"):
                Template(template).fill(ORDER)

    def test_python_attributes_are_inaccessible(self):
        for place in ("__class__", "order.__class__", "order.items.append", "order.number.__init__", "0", "order.0"):
            with self.subTest(place), self.assertRaises(Missing):
                Template(f"{{{place}}}").fill(ORDER)

    @given(JSON, st.text())
    def test_any_values_are_inserted_or_missing(self, values, text):
        try:
            template = Template(text)
        except ValueError:
            return
        with contextlib.suppress(Missing):
            self.assertIsInstance(template.fill(values), str)


class Refused(unittest.TestCase):
    def test_invalid_templates_are_errors(self):
        for template, complaint in (
            ("", "must not be empty"),
            (" ", "must not be empty"),
            ("{", "without its other half"),
            ("a } b", "without its other half"),
            ("{}", "must name a value"),
            ("{a..b}", "must name a value"),
            ("{.a}", "must name a value"),
            ("x" * (MAX_LENGTH + 1), "1,000 characters or fewer"),
            ("{" + ".".join("a" * 30) + "}", "must name a value"),
        ):
            with self.subTest(template), self.assertRaisesRegex(ValueError, complaint):
                Template(template)

    def test_templates_with_placeholders_are_recognized(self):
        self.assertTrue(Template("shop").is_fixed)
        self.assertFalse(Template("shop-{id}").is_fixed)
