*** Settings ***
Documentation       The chat in a browser without JavaScript.

Resource            chat.resource

Suite Setup         The Chat Runs
Test Setup          Everybody Arrives
Test Teardown       Everybody Leaves


*** Test Cases ***
Posting Without JavaScript
    Ada Opens A Room
    Bo Has A Browser Without JavaScript
    Bo Follows The Link
    Bo Says    this is me
    Bo Sees    this be me
    Ada Sees That "Bo" Said    this be me
    Ada Says    and this is me
    Ada Sees    an' this be me
    Bo Reloads The Page
    Bo Sees Messages    this be me    an' this be me
    Bo Opens The Original Of    this be me
    Bo Reads    this is me
    Bo Chooses The Translation    As written
    Bo Sees Messages    this is me    and this is me
    Bo Says    so it is
    Bo Sees Messages    this is me    and this is me    so it is
    Ada Sees    so it be

Opening A Room Without JavaScript
    Ada Has A Browser Without JavaScript
    Ada Opens A Room
    Ada Says    this is mine
    Ada Sees    this be mine
    Ada Presses "Remove" Below    ${MESSAGE}\[normalize-space()="this be mine"]
    Ada Reads    removed by you
    Ada Presses "Restore" Below    css:.message.removed .text
    Ada Sees    this be mine

Owning A Room Without JavaScript
    Ada Has A Browser Without JavaScript
    Ada Opens A Room
    Bo Follows The Link
    Bo Says    blah
    Ada Reloads The Page
    Ada Mutes "Bo"
    Ada Reads    Saved
    Ada Sees That "Bo" Is Muted
    Bo Cannot Post
    Ada Unmutes "Bo"
    Bo Can Post
    Ada Changes The Title To    ${SPACE}${SPACE}
    Ada Reads    Type a title first.
    Ada Changes The Title To    The Cabin
    Ada Reads    Saved
    Bo Sees That The Room Is Called    The Cabin
    Ada Opens The Moderation Log
    Ada Finds In The Log    Title: The Cabin

Rejected Text Stays In The Field
    Ada Opens A Room
    Bo Has A Browser Without JavaScript
    Bo Follows The Link
    Bo Says    this is me
    Bo Sees    this be me
    Delete Cookie    csrf_token
    Bo Says    and this is too late
    Bo Reads    This form had expired
    Bo Still Has    and this is too late
    Bo Hits "Send"
    Bo Sees    an' this be too late
    ${long} =    Evaluate    "🦜" * 4001
    Bo Says    ${long}
    Bo Reads    1 character too many
    Bo Still Has    ${long}


*** Keywords ***
${person:\S+} Still Has
    [Documentation]    The text is in the field, to be sent again.
    [Arguments]    ${text}
    Switch Browser    ${person}
    ${typed} =    Get Value    id:text
    Should Be Equal    ${typed}    ${text}

${person:\S+} Presses "${button}" Below
    [Documentation]    Without the toolbar, each action of an owner has its own button.
    [Arguments]    ${locator}
    ${person} Closes What Is Open
    Wait Until Page Contains Element    ${locator}
    Mouse Over    ${locator}
    Click Button    xpath://li[contains(@class, "message")]//button[.="${button}"]
