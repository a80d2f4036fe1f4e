"""Settings: defaults, the ini file, and error messages for invalid values."""

import unittest

from pyramid_sockjs.settings import Settings, from_ini


class SettingsTest(unittest.TestCase):
    def test_the_defaults_are_those_of_the_protocol(self):
        settings = Settings()
        self.assertEqual(
            (settings.heartbeat_delay, settings.disconnect_delay, settings.response_limit), (25.0, 5.0, 131072)
        )

    def test_values_of_the_ini_file_are_converted(self):
        settings = from_ini(
            {
                "pyramid_sockjs.heartbeat_delay": "2.5",
                "pyramid_sockjs.max_sessions": "10",
                "pyramid_sockjs.origins": "https://a.example https://b.example:8443",
                "pyramid.reload_templates": "true",
            }
        )
        self.assertEqual(settings.heartbeat_delay, 2.5)
        self.assertEqual(settings.max_sessions, 10)
        self.assertEqual(settings.origins, ("https://a.example", "https://b.example:8443"))

    def test_origins_are_any_the_same_or_a_list(self):
        for given, taken in [
            ("*", "*"),
            ("same", "same"),
            (["https://a.example"], ("https://a.example",)),
            ("https://A.example:443 http://a.example:80 null", ("https://a.example", "http://a.example", "null")),
            ("http://a.example:443 https://[::1]:443", ("http://a.example:443", "https://[::1]")),
        ]:
            self.assertEqual(Settings.from_mapping({"origins": given}).origins, taken)

    def test_a_wrong_value_is_named(self):
        for name, value, words in [
            ("heartbeat_delay", "often", "heartbeat_delay must be a number, not 'often'"),
            ("max_sessions", "1.5", "max_sessions must be a whole number, not '1.5'"),
            ("max_backlog", 0, "max_backlog must be greater than 0, not 0"),
            ("disconnect_delay", "-1", "disconnect_delay must be greater than 0"),
            ("disconnect_delay", "inf", "disconnect_delay must be greater than 0"),
            ("disconnect_delay", "nan", "disconnect_delay must be greater than 0"),
            ("origins", "example.com", "origins must be"),
            ("origins", "https://a.example/", "origins must be"),
            ("hartbeat_delay", "1", "Unknown setting 'hartbeat_delay'; the settings are heartbeat_delay"),
        ]:
            with self.assertRaisesRegex(ValueError, words.replace("(", r"\(")):
                from_ini({f"pyramid_sockjs.{name}": value})
