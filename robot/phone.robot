*** Settings ***
Documentation       A room where there is little room: on a phone, with a keyboard on it or on its side, and at a large zoom.

Resource            chat.resource

Suite Setup         The Chat Runs
Test Setup          Everybody Arrives
Test Teardown       Everybody Leaves


*** Test Cases ***
Everything Can Be Reached
    Ada Opens A Room
    Ada Says    hello
    FOR    ${width}    ${height}    IN
    ...    390    844
    ...    390    500
    ...    844    390
    ...    640    400
        Have A Phone    ${width}    ${height}
        Ada Reloads The Page
        Ada Is Connected
        Ada Sees    ahoy
        Ada Chooses To Read It As    As written
        Ada Sees    hello
        Ada Chooses To Read It As    Pirate
        Ada Sees    ahoy
        Ada Opens The Sheet "people"
        Ada Sees That "${NAME}" Is Here
        Ada Closes What Is Open
        Ada Changes The Title To    Room ${width} by ${height}
        Ada Sees That The Room Is Called    Room ${width} by ${height}
        Ada Reads    Saved
        Ada Closes What Is Open
        Ada Unfolds "moderation-log"
        Ada Finds Among It    Title: Room ${width} by ${height}
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
    END

A Touch Shows What Can Be Done With A Message
    Ada Opens A Room
    Ada Is Connected
    Have A Phone
    Ada Says    hello, this is rude
    Ada Sees    ahoy, this be rude
    Element Should Be Hidden From The Finger    css:#m1 form.remove button
    Touch    css:#m1 .text
    Touch    css:#m1 .original summary
    Ada Reads    hello, this is rude
    Touch    css:#m1 form.remove button
    Ada Sees Messages    removed by you
    Ada Undoes It
    Ada Sees    ahoy, this be rude

A Message That Is Held Shows What Was Written
    Ada Opens A Room
    FOR    ${device}    IN    a computer    a phone
        Bo Follows The Link
        IF    $device == 'a phone'    Have A Phone
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
Element Should Be Hidden From The Finger
    [Arguments]    ${locator}
    ${element} =    Get WebElement    ${locator}
    ${found} =    Execute Javascript    return getComputedStyle(arguments[0].closest('form')).pointerEvents    ARGUMENTS    ${element}
    Should Be Equal    ${found}    none
