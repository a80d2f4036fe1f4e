*** Settings ***
Documentation       Rooms, their links, and their owners.

Resource            chat.resource

Suite Setup         The Chat Runs
Test Setup          Everybody Arrives
Test Teardown       Everybody Leaves


*** Test Cases ***
A Link Is Shared
    Ada Opens A Room
    Ada Opens The Sheet "invite"
    Ada Hits "Copy"
    Ada Reads    Copied
    ${link} =    Get Value    id:link
    Should Be Equal    ${link}    ${ROOM}
    Ada Says    Welcome, Bo
    Bo Has A Browser
    Go To    ${link}
    Bo Sees That "${NAME}" Said    Welcome aboard, Bo

A Name Is Taken
    Ada Opens A Room
    Bo Opens The Room Of    ${NAME}
    Bo Reads    Choose another name
    Click Link    partial link:${NAME}
    Location Should Be    ${ROOM}
    Bo Says    so this is yours
    Ada Sees That "Bo" Said    so this be yers

A Name In A Room Is Taken
    Ada Opens A Room
    Bo Follows The Link
    Bo Says    I was first
    Bo Sees    I was first, sure as the kraken bites
    Cy Follows The Link
    Cy Types    and I was second
    Input Text    id:name    bo
    Cy Hits "Send"
    Cy Reads    The name bo, or one that looks like it, is already taken here. Choose another name.
    Textarea Value Should Be    id:text    and I was second
    Input Text    id:name    Cy
    Cy Hits "Send"
    Bo Sees That "Cy" Said    an' I was second, sure as rum be wet

An Owner Returns To The Room
    Ada Opens A Room
    Ada Says    I shall return
    Ada Sees    I shall return, or I be a landlubber
    Ada Opens The Room Of    ${NAME}
    Location Should Be    ${ROOM}
    Ada Sees    I shall return, or I be a landlubber

A Visitor Switches Rooms
    Ada Opens A Room
    ${first} =    Get Location
    Ada Is Connected
    ${galley} =    Free Name    Galley
    Ada Opens The Room Of    ${galley}
    ${second} =    Get Location
    Ada Is Connected
    Wait Until Element Is Visible    css:#rooms [aria-current=page]
    Click Link    css:#rooms li a:not([aria-current])
    Wait Until Location Is    ${first}
    Emulate A Phone    390    844
    Ada Reloads The Page
    Ada Is Connected
    Click Button    id:show-rooms
    Wait Until Element Is Visible    css:#rooms li a:not([aria-current])
    Click Link    css:#rooms li a:not([aria-current])
    Wait Until Location Is    ${second}

A Room That Nobody Has Opened
    Ada Has A Browser
    ${name} =    Free Name    nobody
    ${home} =    Address Of The Chat
    Go To    ${home}/rooms/${name.replace(' ', '-')}
    Ada Reads    There is no such room yet
    Ada Hits "Open this room"
    Ada Reads    No messages yet.
