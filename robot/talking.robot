*** Settings ***
Documentation       Posting messages, and reading them in translation.

Resource            chat.resource

Suite Setup         The Chat Runs
Test Setup          Everybody Arrives
Test Teardown       Everybody Leaves


*** Test Cases ***
A User Talks To A Pirate Parrot
    Ada Opens A Room
    Ada Types    pyramid_sockjs is cool
    Ada Hits "Send"
    Ada Sees    pyramid_sockjs be cool

Two People Talk In A Room
    Ada Opens A Room
    Bo Follows The Link
    Ada Says    Hello, my friend
    Bo Sees That "${NAME}" Said    Ahoy, me hearty
    Bo Says    this is it
    Ada Sees That "Bo" Said    this be it
    Ada Sees That "Bo" Is Here
    Bo Sees Messages    Ahoy, me hearty    this be it
    Ada Sees Messages    Ahoy, me hearty    this be it

The Original Can Be Opened
    Ada Opens A Room
    Ada Says    this is it
    Bo Follows The Link
    Bo Sees    this be it
    Bo Opens The Original Of    this be it
    Bo Reads    this is it

Each Reader Chooses A Translation
    Ada Opens A Room
    Bo Follows The Link
    Bo Chooses The Translation    As written
    Ada Is Connected
    Ada Says    this is it
    Bo Sees    this is it
    Ada Sees    this be it
    Bo Follows The Link
    Bo Sees    this is it

HTML In A Message Is Shown As Text
    Ada Opens A Room
    Ada Says    <img src=x onerror=alert(1)><b>bold</b>
    Ada Sees    <img src=x onerror=alert(1)><b>bold</b>
    Bo Follows The Link
    Bo Sees    <img src=x onerror=alert(1)><b>bold</b>
