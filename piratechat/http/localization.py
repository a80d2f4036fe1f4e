"""The language that a page is in: the reader's, as far as there is a catalogue of it."""

from pyramid.config import Configurator
from pyramid.exceptions import ConfigurationError
from pyramid.request import Request

from piratechat import texts
from piratechat.texts import DEFAULT, languages, localized


def negotiated(request: Request) -> str:
    """Return the best language for the browser among those there are: Pyramid's locale negotiator."""
    if len(languages()) == 1:
        return DEFAULT  # each session asks, and the header takes 50 microseconds to be read
    return str(request.accept_language.lookup(languages(), default=DEFAULT))


def localized_for(request: Request, message: str) -> str:
    """Return `message` in the language of the reader: the request method `localized`."""
    return localized(message, request.locale_name)


def includeme(config: Configurator) -> None:
    """Have templates translated, and requests know the reader's language.

    Raises ConfigurationError if the catalogues have not been compiled.
    """
    if DEFAULT not in languages():
        raise ConfigurationError(f"There is no catalogue of texts in {texts.FOLDER}: 'make build' compiles it.")
    config.add_translation_dirs(str(texts.FOLDER))
    config.set_locale_negotiator(negotiated)
    config.add_request_method(localized_for, "localized")
