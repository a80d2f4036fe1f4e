"""The translators that come with the chat."""
