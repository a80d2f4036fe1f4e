*** Settings ***
Documentation       Screenshots of the pages, on a desktop and on a phone, in artifacts/screenshots.

Resource            chat.resource

Suite Setup         The Chat Runs
Test Setup          Everybody Arrives
Test Teardown       Everybody Leaves


*** Test Cases ***
Home
    Ada Opens The App
    Take Screenshots    home

A Room
    Ada Opens A Room
    Take Screenshots    empty    Reload The Live Page
    Bo Follows The Link
    Ada Says    Hello, my friend! This is my room: where are you sailing today?
    Bo Says    Hi! The boat is ready, and my crew is having breakfast.
    Bo Says    We leave in an hour.
    Ada Says    Yes, I am bringing the map. Do you know the island?
    Bo Says    See https://example.org/islands/tortuga?page=2&sort=name for what they say of it.
    Ada Says    Run `git pull && make serve` on the old laptop before you leave
    Bo Says    First line of a longer message.${LINE}${LINE}Second paragraph: nothing here is lost, not even the lines.
    Ada Says    Größe, 東京, مرحبا بالعالم, 🏴‍☠️🦜
    Bo Says    Thequickbrownfoxjumpsoverthelazydogagainandagainandagainuntilthelineistoolongforeveryphoneintheworld
    Ada Says    This was a mistake
    Ada Removes    This was a mistake, by me parrot's feathers
    Bo Says    OK
    Ada Says    Good night, everybody. It was my pleasure to have you here, and the next room is on me!
    Bo Says    Thank you, and good night
    Bo Sees That "${NAME}" Is Here
    Take Screenshots    room    Reload The Live Page
    Ada Is Connected
    Take Screenshots    owner    Reload The Live Page With The Panel Open

A Taken Name
    Ada Opens A Room
    Bo Opens The Room Of    ${NAME}
    Take Screenshots    taken

Pages That Do Not Exist
    Ada Has A Browser
    ${home} =    Address Of The Chat
    Go To    ${home}/nothing
    Take Screenshots    nothing
    Go To    ${home}/rooms/blackbeard
    Take Screenshots    no-such-room

While The Server Is Down
    Ada Opens A Room
    Ada Is Connected
    Ada Says    All is well
    Ada Sees    All be well
    Stop The Server
    Ada Sees That The Connection Is Lost
    Ada Says    Is anybody there?
    Ada Sees That It Is Pending    Is anybody there?
    Take Screenshots    down


*** Keywords ***
Reload The Live Page
    Reload Page
    Wait Until Page Contains Element    css:#connection[data-state=connected]

Reload The Live Page With The Panel Open
    Reload The Live Page
    Click Button    id:show-more
    Click Element    css:#owner > summary
    Wait Until Element Is Visible    id:title
