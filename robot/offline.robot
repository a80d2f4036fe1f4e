*** Settings ***
Documentation       Rooms without a network, and what a device stores after its reader has left.

Resource            chat.resource

Suite Setup         The Chat Runs
Test Setup          Everybody Arrives
Test Teardown       Everybody Leaves


*** Test Cases ***
A Room Without A Network
    Ada Opens A Room
    Ada Says    this is kept
    Ada Sees    this be kept
    Bo Follows The Link
    Bo Is Connected
    Bo's Device Stores    this be kept
    Stop The Server
    Bo Reloads The Page
    Bo Reads    You are offline. This is the room as it was at
    Bo Sees    this be kept
    Take Screenshots    offline
    Start The Server
    Bo Is Connected
    Ada Is Connected
    Ada Says    this is new
    Bo Sees    this be new

A Phone Shows Changes After Sleep
    Ada Opens A Room
    Ada Says    this is a secret
    Ada Says    this is mine
    Ada Says    this stays
    Ada Sees Messages    this be a secret    this be mine    this stays
    Ada Removes    this be mine
    Bo Follows The Link On A Phone
    Bo Is Connected
    Bo Sees Messages    this be a secret    removed by the owner    this stays
    Bo's Phone Falls Asleep
    Ada Restores The Removed Message
    Ada Sees    this be mine
    Ada Removes    this be a secret
    Ada Sees Messages    removed by you    this be mine    this stays
    Ada Changes The Title To    The Cabin
    Ada Reads    Saved
    Bo's Phone Has Not Noticed
    Bo's Phone Wakes Up
    Wait Until Keyword Succeeds    30s    100ms
    ...    The Messages Are    removed by the owner    this be mine    this stays
    Bo Sees That The Room Is Called    The Cabin
    Bo Is Connected
    The Page Is Still The Same

A Room That Was Left Is Deleted From The Device
    Ada Opens A Room
    Ada Says    this is between us
    Ada Sees    this be betwixt us
    Bo Follows The Link
    Bo Is Connected
    Bo's Device Stores    this be betwixt us
    Bo Types    and this is half a thought
    Bo Leaves And Forgets
    Bo Reads    You left
    Stop The Server
    Go To    ${ROOM}
    Bo Reads    this page is not stored on your device
    Page Should Not Contain    between us
    Take Screenshots    nothing-kept


*** Keywords ***
${person:\S+} Follows The Link On A Phone
    ${person} Has A Browser
    Emulate A Phone
    ${address} =    Address Through A Network    ${ROOM}
    Go To    ${address}

${person:\S+}'s Phone Falls Asleep
    Switch Browser    ${person}
    Fall Asleep

${person:\S+}'s Phone Has Not Noticed
    Switch Browser    ${person}
    The Messages Are    this be a secret    removed by the owner    this stays

${person:\S+}'s Phone Wakes Up
    Switch Browser    ${person}
    Wake Up

${person:\S+}'s Device Stores
    [Arguments]    ${words}
    Switch Browser    ${person}
    Wait Until Keyword Succeeds    20s    0.2s    The Page Is Cached With    ${words}

The Page Is Cached With
    [Documentation]    In the page of the room in the device's cache.
    [Arguments]    ${words}
    ${kept} =    Execute Async Javascript
    ...    const done = arguments[arguments.length - 1];
    ...    caches.match('${ROOM}').then((page) => page ? page.text() : '').then(done);
    Should Contain    ${kept}    ${words}

${person:\S+} Leaves And Forgets
    Switch Browser    ${person}
    Click Button    id:show-more
    Click Element    css:#leave > summary
    Click Button    Forget it on this device
    Wait Until Location Does Not Contain    /rooms/
