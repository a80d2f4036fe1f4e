*** Settings ***
Documentation       What visitors do with messages that were said.

Resource            chat.resource

Suite Setup         The Chat Runs
Test Setup          Everybody Arrives
Test Teardown       Everybody Leaves


*** Test Cases ***
A Visitor Mistypes And Corrects It
    Ada Opens A Room
    Bo Follows The Link
    Bo Is Connected
    Bo Says    this is wrnog
    Ada Sees    this be wrnog
    Bo Chooses "Edit" For    this be wrnog
    Bo Types    this is right
    Bo Hits "Send"
    Ada Sees Messages    this be right
    Bo Sees Messages    this be right

A Visitor Takes A Password Back And Erases It
    Ada Opens A Room
    Bo Follows The Link
    Bo Is Connected
    Bo Says    parrot1234
    Ada Sees    parrot1234
    Bo Chooses "Delete" For    parrot1234
    Bo Reads    The owner of the room can still read it.
    Bo Hits "Erase it instead"
    Bo Hits "Erase"
    Ada Sees Messages    erased
    Ada Reloads The Page
    Ada Does Not See    parrot1234
