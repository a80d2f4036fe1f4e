*** Settings ***
Documentation       Where reading continues, unread messages, and notifications, on a desktop and on a phone.

Resource            chat.resource

Suite Setup         The Chat Runs
Test Setup          Everybody Arrives
Test Teardown       Everybody Leaves


*** Test Cases ***
New Messages Do Not Move The Reader
    Ada Opens A Room
    Ada Posts Many Lines
    FOR    ${device}    IN    a computer    a phone
        Bo Follows The Link On    ${device}
        Bo Scrolls To The First Message
        Ada Says    one more
        Ada Says    and another
        Bo Sees That "2 new messages" Wait
        Bo Still Sees The First Message
        Title Should Be    (2) ${NAME} · piratechat
        Bo Hits "2 new messages"
        Bo Sees The Line Above    one more
        Bo Sees No Button For New Messages
        Title Should Be    ${NAME} · piratechat
        Ada Posts Many Lines
    END

A Returning Reader Begins At The First New Message
    Ada Opens A Room
    FOR    ${device}    IN    a computer    a phone
        Ada Says    this is all for now
        Bo Follows The Link On    ${device}
        Bo Sees The End
        Go To    about:blank
        Ada Says    this is what Bo has missed
        Ada Posts Many Lines
        Bo Follows The Link On    ${device}
        Bo Sees The Line Above    this be what Bo has missed, or I be a landlubber
        Bo Sees That "5 new messages" Wait
        Hit The Key    End
        Bo Sees No Button For New Messages
        Bo Follows The Link On    ${device}
        Bo Sees No Line
    END

Posting Marks Earlier Messages As Read
    Ada Opens A Room
    Bo Follows The Link
    Bo Says    here I am
    Bo Sees    here I be
    Minimize The Window
    Ada Says    welcome
    Bo Sees    welcome aboard
    Bo Restores The Window
    Bo Sees The Line Above    welcome aboard
    Bo Says    thank you
    Bo Sees No Line

A Sound And A Notification On Request
    Ada Opens A Room
    Bo Has A Browser
    Record Sounds And Notifications
    Notifications Are    granted
    Bo Follows The Link
    Bo Asks For    sound
    Bo Asks For    notification
    Bo Is Connected
    Ada Says    hello in sight
    Bo Sees    ahoy in sight
    Minimize The Window
    Ada Says    hello
    Bo Was Notified By    a sound    a sound    a sound    a sound    ${NAME} · ${NAME}: ahoy
    Bo Restores The Window
    Bo Reloads The Page
    Checkbox Should Be Selected    name:sound
    Checkbox Should Be Selected    name:notification

A Removed Message Is Not Announced
    Ada Opens A Room
    Bo Has A Browser
    Record Sounds And Notifications
    Notifications Are    granted
    Bo Follows The Link
    Bo Asks For    notification
    Ada Chooses The Translation    As written
    Bo Is Connected
    Bo Chooses The Translation    As written
    Minimize The Window
    Ada Says    hello
    Ada Says    my password is parrot
    Bo Was Notified By    ${NAME} · ${NAME}: hello    ${NAME} · ${NAME}: my password is parrot
    Title Should Be    (2) ${NAME} · piratechat
    Ada Removes    my password is parrot
    Bo Was Notified By    ${NAME} · ${NAME}: hello    ${NAME} · ${NAME}: my password is parrot    ${NAME} · ${NAME}: hello
    Title Should Be    (1) ${NAME} · piratechat
    Screen Readers Find    ${NAME}: hello
    Ada Removes    hello
    Bo Sees The Notification Withdrawn
    Title Should Be    ${NAME} · piratechat
    Screen Readers Find    ${EMPTY}

Blocked Notifications Are Explained
    Ada Opens A Room
    Bo Has A Browser
    Notifications Are    denied
    Bo Follows The Link
    Bo Asks For    notification
    Bo Reads    next to its address
    Checkbox Should Not Be Selected    name:notification

Everything Works With The Keyboard
    Ada Opens A Room
    Ada Says    hello
    Ada Sees    ahoy
    Ada Reloads The Page
    Ada Is Connected
    The Focus Is On    text
    Hit The Key    Escape
    The Focus Is On    log
    Hit The Key    t
    Ada Sees    hello
    Hit The Key    t
    Ada Sees    ahoy
    Hit The Key    o
    Hit The Key    k
    Hit The Key    j
    Textarea Value Should Be    id:text    okj
    Hit The Key    Backspace
    Hit The Key    Backspace
    Hit The Key    Backspace
    Hit The Key    Escape
    The Focus Is On    log
    Hit The Key    ?
    Wait Until Element Is Visible    id:keys
    Hit The Key    Escape
    Wait Until Element Is Not Visible    id:keys
    The Focus Is On    log
    Hit The Key    k
    The Focus Is On    m1
    Hit The Key    /
    The Focus Is On    text
    Hit The Key    ?
    Textarea Value Should Be    id:text    ?
    Ada Opens The Sheet "more"
    Ada Hits "Keyboard shortcuts"
    Select Checkbox    css:#keys [type=checkbox]
    Click Button    Close
    Wait Until Element Is Not Visible    id:keys
    Hit The Key    /
    The Focus Is On    show-more

A Reader Is Not Asked For A Name
    Ada Opens A Room
    FOR    ${device}    IN    a computer    a phone
        Bo Follows The Link On    ${device}
        Wait Until Element Is Not Visible    id:name
        Click Element    id:text
        Wait Until Element Is Visible    id:name
    END
    Bo Types    this is half a thought
    Bo Follows The Link
    Element Should Be Visible    id:name
    Textarea Value Should Be    id:text    this is half a thought

The Link Is Shared With Another App
    Ada Opens A Room
    Bo Has A Browser
    Record Sounds And Notifications
    Bo Follows The Link On    a phone
    Bo Opens The Sheet "more"
    Element Should Not Be Visible    id:show-keys
    Click Button    css:#more [popovertarget=invite]
    Bo Hits "Share…"
    Bo Was Notified By    ${NAME} · piratechat: ${ROOM}

A Lost Connection Is Visible
    Ada Opens A Room
    FOR    ${device}    IN    a computer    a phone
        Start The Server
        Bo Follows The Link On    ${device}
        Bo Is Connected
        Element Should Not Be Visible    id:connection
        Stop The Server
        Bo Sees That The Connection Is Lost
        The Connection State Covers Nothing
    END


*** Keywords ***
${person:\S+} Follows The Link On
    [Arguments]    ${device}
    ${person} Has A Browser
    IF    $device == 'a phone'    Emulate A Phone
    ${person} Follows The Link
    ${person} Is Connected

${person:\S+} Scrolls To The First Message
    Switch Browser    ${person}
    Execute Javascript    document.querySelector('.message').scrollIntoView()
    Wait Until Keyword Succeeds    10s    100ms    The End Is Out Of Sight
    ${place} =    Execute Javascript    return document.querySelector('.message').getBoundingClientRect().top
    VAR    ${PLACE}    ${place}    scope=TEST

The End Is Out Of Sight
    ${beyond} =    Execute Javascript
    ...    return document.getElementById('end').getBoundingClientRect().top - innerHeight
    Should Be True    ${beyond} > 40

${person:\S+} Still Sees The First Message
    Switch Browser    ${person}
    ${place} =    Execute Javascript    return document.querySelector('.message').getBoundingClientRect().top
    Should Be True    abs(${place} - ${PLACE}) < 2

${person:\S+} Sees That "${count} new messages" Wait
    Switch Browser    ${person}
    Wait Until Element Is Visible    id:below
    Wait Until Element Contains    id:below    ${count} new message

${person:\S+} Sees No Button For New Messages
    Switch Browser    ${person}
    Wait Until Element Is Not Visible    id:below

${person:\S+} Sees The Line Above
    [Documentation]    The line is visible as well.
    [Arguments]    ${text}
    Switch Browser    ${person}
    Wait Until Page Contains Element
    ...    xpath://li[@id="new"]/following-sibling::li[@data-seq][1]/*[contains(@class, "text")][normalize-space()="${text}"]
    Wait For Condition
    ...    const { top } = document.getElementById('new').getBoundingClientRect(); return top >= 0 && top < innerHeight

${person:\S+} Sees No Line
    Switch Browser    ${person}
    Wait Until Page Does Not Contain Element    id:new

Screen Readers Find
    [Documentation]    The messages that were announced, besides those in the log.
    [Arguments]    ${text}
    Wait Until Keyword Succeeds    10s    100ms    The Announcements Are    ${text}

The Announcements Are
    [Arguments]    ${text}
    ${found} =    Execute Javascript
    ...    return [...document.querySelectorAll('#announcer [data-seq]')].map((message) => message.textContent).join('')
    Should Be Equal    ${found}    ${text}

The Connection State Covers Nothing
    [Documentation]    It is inside the window, and above the field.
    ${free} =    Execute Javascript
    ...    const place = (id) => document.getElementById(id).getBoundingClientRect();
    ...    const [state, field, log] = ['connection', 'text', 'log'].map(place);
    ...    const seen = state.right <= innerWidth && state.bottom <= innerHeight && state.width > 0;
    ...    return seen && state.bottom <= field.top && state.top >= log.bottom - 1
    Should Be True    ${free}
