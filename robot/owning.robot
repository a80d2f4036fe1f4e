*** Settings ***
Documentation       What the owner of a room can do.

Resource            chat.resource

Suite Setup         The Chat Runs
Test Setup          Everybody Arrives
Test Teardown       Everybody Leaves


*** Test Cases ***
The Owner Removes A Message
    Ada Opens A Room
    Bo Follows The Link
    Bo Says    this is rude
    Ada Sees    this be rude
    Ada Removes    this be rude
    Bo Sees Messages    removed by the owner
    Bo Does Not See    this be rude
    Ada Restores The Removed Message
    Bo Sees    this be rude

A Read-Only Room
    Ada Opens A Room
    Bo Follows The Link
    Bo Says    this is fun
    Ada Sees    this be fun
    Ada Lets Nobody Else Speak
    Bo May Not Speak
    Ada Says    read this
    Bo Sees    read this
    Bo Reloads The Page
    Bo May Not Speak
    Bo Reads    This room is read-only: only its owner speaks here.
    Ada Lets Everybody Speak
    Bo May Speak
    Bo Says    thanks
    Ada Sees    thank ye

The Owner Silences Somebody
    Ada Opens A Room
    Bo Follows The Link
    Bo Says    blah
    Ada Reloads The Page
    Ada Silences "Bo"
    Bo Says    blah blah
    Bo Reads    The owner of this room has silenced you here: you can read on.
    Ada Sees Messages    blah
    Ada Forgives "Bo"
    Bo Hits "try again"
    Ada Sees Messages    blah    blah blah
