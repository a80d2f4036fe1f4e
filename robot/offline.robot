*** Settings ***
Documentation       A room where there is no network, and what stays on a device when its reader leaves.

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
    Bo's Device Keeps    this be kept
    Stop The Server
    Bo Reloads The Page
    Bo Reads    You are offline. This is the room as it was at
    Bo Sees    this be kept
    Keep A Picture    offline
    Start The Server
    Bo Is Connected
    Ada Is Connected
    Ada Says    this is new
    Bo Sees    this be new

Nothing Stays Of A Room That Was Left
    Ada Opens A Room
    Ada Says    this is between us
    Ada Sees    this be betwixt us
    Bo Follows The Link
    Bo Is Connected
    Bo's Device Keeps    this be betwixt us
    Bo Types    and this is half a thought
    Bo Leaves And Forgets
    Bo Reads    Type your name
    Stop The Server
    Go To    ${ROOM}
    Bo Reads    this page is not stored on your device
    Page Should Not Contain    between us
    Keep A Picture    nothing-kept


*** Keywords ***
${person:\S+}'s Device Keeps
    [Arguments]    ${words}
    Switch Browser    ${person}
    Wait Until Keyword Succeeds    20s    0.2s    It Is Kept    ${words}

It Is Kept
    [Documentation]    In the page of the room, as the device has it.
    [Arguments]    ${words}
    ${kept} =    Execute Async Javascript
    ...    const done = arguments[arguments.length - 1];
    ...    caches.match('${ROOM}').then((page) => page ? page.text() : '').then(done);
    Should Contain    ${kept}    ${words}

${person:\S+} Leaves And Forgets
    Switch Browser    ${person}
    Click Element    css:#leave > summary
    Click Button    Leave and delete
    Wait Until Location Does Not Contain    /rooms/
