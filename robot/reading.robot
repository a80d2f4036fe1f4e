*** Settings ***
Documentation       Where reading continues, unread messages, and notifications, on a desktop and on a phone.

Resource            chat.resource

Suite Setup         The Chat Runs
Test Setup          Everybody Arrives
Test Teardown       Everybody Leaves


*** Test Cases ***
What Is New Waits Below
    Ada Opens A Room
    Ada Says Much
    FOR    ${device}    IN    a computer    a phone
        Bo Follows The Link On    ${device}
        Bo Reads What Was Said First
        Ada Says    one more
        Ada Says    and another
        Bo Sees That "2 new messages" Wait
        Bo Still Reads What Was Said First
        Title Should Be    (2) ${NAME} · piratechat
        Bo Hits "2 new messages"
        Bo Sees The Line Above    one more
        Bo Sees That Nothing Waits
        Title Should Be    ${NAME} · piratechat
        Ada Says Much
    END

A Returning Reader Begins At The First New Message
    Ada Opens A Room
    FOR    ${device}    IN    a computer    a phone
        Ada Says    this is all for now
        Bo Follows The Link On    ${device}
        Bo Sees The End
        Go To    about:blank
        Ada Says    this is what Bo has missed
        Ada Says Much
        Bo Follows The Link On    ${device}
        Bo Sees The Line Above    this be what Bo has missed, or I be a landlubber
        Bo Sees That "5 new messages" Wait
        Hit The Key    End
        Bo Sees That Nothing Waits
        Bo Follows The Link On    ${device}
        Bo Sees No Line
    END

A Speaker Has Read What Is Above
    Ada Opens A Room
    Bo Follows The Link
    Bo Says    here I am
    Bo Sees    here I be
    Look Elsewhere
    Ada Says    welcome
    Bo Sees    welcome aboard
    Bo Looks At The Chat Again
    Bo Sees The Line Above    welcome aboard
    Bo Says    thank you
    Bo Sees No Line

A Sound And A Notification For Those Who Ask
    Ada Opens A Room
    Bo Has A Browser
    Watch What Leaves The Page
    Notifications Are    granted
    Bo Follows The Link
    Bo Asks For    sound
    Bo Asks For    notification
    Bo Is Connected
    Ada Says    hello in sight
    Bo Sees    ahoy in sight
    Look Elsewhere
    Ada Says    hello
    Bo Was Told    a sound    a sound    a sound    a sound    ${NAME} · ${NAME}: ahoy
    Bo Looks At The Chat Again
    Bo Reloads The Page
    Checkbox Should Be Selected    name:sound
    Checkbox Should Be Selected    name:notification

A Removed Message Is Not Announced
    Ada Opens A Room
    Bo Has A Browser
    Watch What Leaves The Page
    Notifications Are    granted
    Bo Follows The Link
    Bo Asks For    notification
    Ada Chooses To Read It As    As written
    Bo Is Connected
    Bo Chooses To Read It As    As written
    Look Elsewhere
    Ada Says    hello
    Ada Says    my password is parrot
    Bo Was Told    ${NAME} · ${NAME}: hello    ${NAME} · ${NAME}: my password is parrot
    Title Should Be    (2) ${NAME} · piratechat
    Ada Removes    my password is parrot
    Bo Was Told    ${NAME} · ${NAME}: hello    ${NAME} · ${NAME}: my password is parrot    ${NAME} · ${NAME}: hello
    Title Should Be    (1) ${NAME} · piratechat
    Screen Readers Find    ${NAME}: hello
    Ada Removes    hello
    Bo Is Told No More
    Title Should Be    ${NAME} · piratechat
    Screen Readers Find    ${EMPTY}

A Reader Who Has Blocked Notifications Learns What To Do
    Ada Opens A Room
    Bo Has A Browser
    Notifications Are    denied
    Bo Follows The Link
    Bo Asks For    notification
    Bo Reads    next to its address
    Checkbox Should Not Be Selected    name:notification

Everything By The Keyboard
    Ada Opens A Room
    Ada Says    hello
    Ada Sees    ahoy
    Ada Reloads The Page
    Ada Is Connected
    The Keyboard Is At    text
    Hit The Key    Escape
    The Keyboard Is At    log
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
    The Keyboard Is At    log
    Hit The Key    ?
    Wait Until Element Is Visible    id:keys
    Hit The Key    Escape
    Wait Until Element Is Not Visible    id:keys
    The Keyboard Is At    log
    Hit The Key    k
    The Keyboard Is At    m1
    Hit The Key    /
    The Keyboard Is At    text
    Hit The Key    ?
    Textarea Value Should Be    id:text    ?
    Ada Opens The Sheet "more"
    Ada Hits "Keyboard shortcuts"
    Select Checkbox    css:#keys [type=checkbox]
    Click Button    Close
    Wait Until Element Is Not Visible    id:keys
    Hit The Key    /
    The Keyboard Is At    show-more

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

The Link Is Handed To Another App
    Ada Opens A Room
    Bo Has A Browser
    Watch What Leaves The Page
    Bo Follows The Link On    a phone
    Bo Opens The Sheet "more"
    Element Should Not Be Visible    id:show-keys
    Click Button    css:#more [popovertarget=invite]
    Bo Hits "Share…"
    Bo Was Told    ${NAME} · piratechat: ${ROOM}

A Lost Connection Is In Sight
    Ada Opens A Room
    FOR    ${device}    IN    a computer    a phone
        Start The Server
        Bo Follows The Link On    ${device}
        Bo Is Connected
        Element Should Not Be Visible    id:connection
        Stop The Server
        Bo Is Told That The Connection Is Lost
        The Connection Is In Nobody's Way
    END


*** Keywords ***
${person:\S+} Follows The Link On
    [Arguments]    ${device}
    ${person} Has A Browser
    IF    $device == 'a phone'    Have A Phone
    ${person} Follows The Link
    ${person} Is Connected

${person:\S+} Reads What Was Said First
    Switch Browser    ${person}
    Execute Javascript    document.querySelector('.message').scrollIntoView()
    Wait Until Keyword Succeeds    10s    100ms    The End Is Out Of Sight
    ${place} =    Execute Javascript    return document.querySelector('.message').getBoundingClientRect().top
    VAR    ${PLACE}    ${place}    scope=TEST

The End Is Out Of Sight
    ${beyond} =    Execute Javascript
    ...    return document.getElementById('end').getBoundingClientRect().top - innerHeight
    Should Be True    ${beyond} > 40

${person:\S+} Still Reads What Was Said First
    Switch Browser    ${person}
    ${place} =    Execute Javascript    return document.querySelector('.message').getBoundingClientRect().top
    Should Be True    abs(${place} - ${PLACE}) < 2

${person:\S+} Sees That "${count} new messages" Wait
    Switch Browser    ${person}
    Wait Until Element Is Visible    id:below
    Wait Until Element Contains    id:below    ${count} new message

${person:\S+} Sees That Nothing Waits
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
    Wait Until Keyword Succeeds    10s    100ms    Text Of The Announcer Is    ${text}

Text Of The Announcer Is
    [Arguments]    ${text}
    ${found} =    Execute Javascript
    ...    return [...document.querySelectorAll('#announcer [data-seq]')].map((message) => message.textContent).join('')
    Should Be Equal    ${found}    ${text}

The Connection Is In Nobody's Way
    [Documentation]    It is inside the window, and above the field.
    ${free} =    Execute Javascript
    ...    const place = (id) => document.getElementById(id).getBoundingClientRect();
    ...    const [state, field, log] = ['connection', 'text', 'log'].map(place);
    ...    const seen = state.right <= innerWidth && state.bottom <= innerHeight && state.width > 0;
    ...    return seen && state.bottom <= field.top && state.top >= log.bottom - 1
    Should Be True    ${free}
