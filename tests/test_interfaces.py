"""Classes implement the interfaces that they declare."""

from unittest import TestCase

from zope.interface import Interface
from zope.interface.verify import verifyClass, verifyObject

from piratechat import interfaces
from piratechat.interfaces import (
    IRelay,
    IRelayBackend,
    IRoom,
    IServices,
    IThirdPartyRoom,
    ITranslator,
    ITranslatorBackend,
)
from piratechat.model.room import Room
from piratechat.options import Options
from piratechat.relays import amqp, local, redis
from piratechat.relays.broker import BrokerRelay
from piratechat.relays.local import LocalRelay
from piratechat.services import Services
from piratechat.translation import Translator
from piratechat.translators.backends import apertium, command, deepl, libretranslate
from piratechat.translators.backends import http as web
from piratechat.translators.builtin.original import Original
from piratechat.translators.builtin.pirate import Pirate


class Promises(TestCase):
    def test_rooms(self):
        room = Room("tavern", "Tavern", "owner", None)
        verifyObject(IRoom, room)
        self.assertFalse(IThirdPartyRoom.providedBy(room))
        room.third_party_translation = True
        verifyObject(IThirdPartyRoom, room)

    def test_relays(self):
        for each in (LocalRelay, BrokerRelay):
            verifyClass(IRelay, each)
        for module in (amqp, local, redis):
            verifyObject(IRelay, module.from_options(Options("test", {})))
            verifyObject(IRelayBackend, module.from_options, tentative=True)

    def test_translators(self):
        verifyClass(ITranslator, Translator)
        for translator in (Pirate(), Original()):
            verifyObject(ITranslator, translator)

    def test_back_ends_are_called_with_options(self):
        for module in (apertium, command, deepl, libretranslate, web):
            verifyObject(ITranslatorBackend, module.from_options, tentative=True)

    def test_every_interface_is_implemented(self):
        kept = {IThirdPartyRoom, IServices, IRelay, IRelayBackend, IRoom, ITranslator, ITranslatorBackend}
        found = {each for each in vars(interfaces).values() if isinstance(each, type(Interface)) and each != Interface}
        self.assertEqual(found, kept)
        self.assertTrue(IServices.implementedBy(Services))
