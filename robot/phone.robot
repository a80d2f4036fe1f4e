*** Settings ***
Documentation       Rooms in small windows: on a phone, with its keyboard open, in landscape, and at a large zoom.

Resource            chat.resource

Suite Setup         The Chat Runs
Test Setup          Everybody Arrives
Test Teardown       Everybody Leaves


*** Test Cases ***
On A Phone
    Everything Can Be Reached At    390    844

With The Keyboard Of A Phone Open
    Everything Can Be Reached At    390    500
    Bo Follows The Link
    Emulate A Phone    390    500
    Bo Is Connected
    Bo Has Room To Read Above The Keyboard
    Input Text    id:text    hello from a phone
    Bo Has Room To Read Above The Keyboard
    Input Text    id:name    Bo
    Hit The Key    Enter
    Bo Sees    ahoy from a phone
    Ada Sees    ahoy from a phone
    Switch Browser    Bo
    Click Element    id:text
    Bo Has Room To Read Above The Keyboard

On Its Side
    Everything Can Be Reached At    844    390

At A Large Zoom
    [Documentation]    A window of 1280 by 800 pixels at 200 %.
    Everything Can Be Reached At    640    400

A Touch Shows A Message's Actions
    Ada Opens A Room
    Ada Is Connected
    Emulate A Phone
    Ada Says    hello, this is rude
    Ada Sees    ahoy, this be rude
    Element Should Ignore Touch    css:#m1 .original summary
    Touch    css:#m1 .text
    Touch    css:#m1 .original summary
    Ada Reads    hello, this is rude
    Touch    css:#m1 .actions .more
    Touch    css:#message-menu [data-action=remove]
    Ada Sees Messages    removed by you
    Ada Undoes It
    Ada Sees    ahoy, this be rude

Pressing A Message Shows The Original
    Ada Opens A Room
    FOR    ${device}    IN    a computer    a phone
        Bo Follows The Link
        IF    $device == 'a phone'    Emulate A Phone
        Ada Says    hello on ${device}
        Bo Sees    ahoy on ${device}
        Hold Down    css:#messages .message:last-of-type .text
        Wait Until Element Is Not Visible    css:#messages .message:last-of-type .text
        Wait Until Element Is Visible    css:#messages .message:last-of-type .original > div
        Let Go
        Wait Until Element Is Visible    css:#messages .message:last-of-type .text
        Wait Until Element Is Not Visible    css:#messages .message:last-of-type .original > div
    END

The First Visit Says What A Translator Does
    Ada Opens A Room
    Ada Says    hello
    Bo Follows The Link
    Bo Is Connected
    Bo Reads    You're reading this in Pirate. Everyone writes normally
    Click Link    See it as written
    Bo Sees    hello
    Element Should Not Be Visible    css:#first
    Bo Reloads The Page
    Bo Sees    hello
    Page Should Not Contain Element    css:#first
    Cy Follows The Link
    Cy Is Connected
    Click Element    id:dismiss
    Wait Until Page Does Not Contain Element    css:#first
    Cy Reloads The Page
    Cy Sees    ahoy
    Page Should Not Contain Element    css:#first


*** Keywords ***
Everything Can Be Reached At
    [Arguments]    ${width}    ${height}
    Ada Opens A Room
    Ada Says    hello
    Emulate A Phone    ${width}    ${height}
    Ada Reloads The Page
    Ada Is Connected
    Ada Sees    ahoy
    Ada Chooses The Translation    As written
    Ada Sees    hello
    Ada Chooses The Translation    Pirate
    Ada Sees    ahoy
    Ada Opens The Sheet "people"
    Ada Sees That "${NAME}" Is Here
    Touch    css:#people .top button
    Wait Until Element Is Not Visible    id:people
    Touch    id:show-views
    Wait Until Element Is Visible    id:views
    Touch    css:#views .top button
    Wait Until Element Is Not Visible    id:views
    Ada Changes The Title To    Room ${width} by ${height}
    Ada Sees That The Room Is Called    Room ${width} by ${height}
    Ada Reads    Saved
    Ada Closes What Is Open
    Ada Unfolds "moderation-log"
    Ada Finds In The Log    Title: Room ${width} by ${height}
    Ada Unfolds "theme-chooser"
    Element Should Be Visible    css:#theme-chooser button
    Ada Unfolds "download"
    Element Should Be Visible    css:#download a
    Ada Unfolds "leave"
    Element Should Be Visible    css:#leave button
    Ada Closes What Is Open
    Ada Opens The Sheet "more"
    Click Button    css:#more [popovertarget=invite]
    Wait Until Element Is Visible    id:link
    Ada Closes What Is Open
    Ada Closes What Is Open
    Ada Says    this is rude
    Ada Sees    this be rude
    Touch    css:#m2 .text
    Element Should Be In Sight    css:#m2 .actions .more
    Touch    css:#m2 .actions .more
    Element Should Be In Sight    css:#message-menu [data-action=remove]
    Touch    css:#message-menu [data-action=remove]
    Wait Until Element Contains    css:#m2 .text    removed by you
    Element Should Be In Sight    css:#undo button
    Elements Should Not Overlap    id:undo    id:m2
    Touch    css:#undo button
    Ada Sees    this be rude

Element Should Be In Sight
    [Documentation]    Inside the window, and not covered.
    [Arguments]    ${locator}
    Wait Until Keyword Succeeds    5s    0.1s    Element Is In Sight    ${locator}

Element Is In Sight
    [Arguments]    ${locator}
    ${element} =    Get WebElement    ${locator}
    ${found} =    Execute Javascript
    ...    const { left, top, width, height } = arguments[0].getBoundingClientRect();
    ...    return arguments[0].contains(document.elementFromPoint(left + width / 2, top + height / 2))
    ...    ARGUMENTS    ${element}
    Should Be True    ${found}    ${locator} is not in sight.

Elements Should Not Overlap
    [Arguments]    ${one}    ${other}
    ${one} =    Get WebElement    ${one}
    ${other} =    Get WebElement    ${other}
    ${meet} =    Execute Javascript
    ...    const [a, b] = [...arguments].map((element) => element.getBoundingClientRect());
    ...    return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom
    ...    ARGUMENTS    ${one}    ${other}
    Should Not Be True    ${meet}    One element overlaps the other.

${person:\S+} Has Room To Read Above The Keyboard
    [Documentation]    The field has the focus, and at least 240 pixels show messages.
    Switch Browser    ${person}
    Click Element    id:text
    ${height} =    Execute Javascript    return document.getElementById('log').getBoundingClientRect().height
    Should Be True    ${height} >= 240    The log is ${height} pixels high.
    Element Should Be In Sight    css:#saying button

Element Should Ignore Touch
    [Arguments]    ${locator}
    ${element} =    Get WebElement    ${locator}
    ${found} =    Execute Javascript    return getComputedStyle(arguments[0]).pointerEvents    ARGUMENTS    ${element}
    Should Be Equal    ${found}    none
