*** Settings ***
Documentation       What visitors do with existing messages.

Resource            chat.resource

Suite Setup         The Chat Runs
Test Setup          Everybody Arrives
Test Teardown       Everybody Leaves


*** Test Cases ***
A Visitor Mistypes And Corrects It
    Ada Opens A Room
    Bo Follows The Link
    Bo Is Connected
    Bo Says    this is wrnog
    Ada Sees    this be wrnog
    Bo Chooses "Edit" For    this be wrnog
    Bo Types    this is right
    Bo Hits "Send"
    Ada Sees Messages    this be right
    Bo Sees Messages    this be right

A Visitor Erases A Password
    Ada Opens A Room
    Bo Follows The Link
    Bo Is Connected
    Bo Says    parrot1234
    Ada Sees    parrot1234
    Bo Chooses "Delete" For    parrot1234
    Bo Reads    The owner of the room can still read it.
    Bo Hits "Erase it instead"
    Bo Hits "Erase"
    Ada Sees Messages    erased
    Ada Reloads The Page
    Ada Does Not See    parrot1234

A Visitor Answers The Owner
    Ada Opens A Room
    Bo Follows The Link
    Bo Chooses The Translation    As written
    Bo Is Connected
    Ada Says    where is my friend?
    Bo Sees    where is my friend?
    Bo Answers "where is my friend?" By
    ...    here I am
    Ada Sees That "here I be" Answers
    ...    where be me hearty?
    Bo Sees That "here I am" Answers
    ...    where is my friend?
    Ada Follows The Quote Of "here I be" And Comes Back

Two React To A Joke
    Ada Opens A Room
    Bo Follows The Link
    Bo Is Connected
    Bo Says    hello
    Ada Says    Knock, knock
    Bo Sees    Knock, knock
    Bo Reacts To "Knock, knock" With 😂
    Bo Sees That "Knock, knock" Has 😂 1, Theirs As Well
    Ada Sees That "Knock, knock" Has 😂 1
    Ada Presses 😂 Below "Knock, knock"
    Bo Sees That "Knock, knock" Has 😂 2, Theirs As Well
    Bo Chooses "Who reacted" For    Knock, knock
    Bo Reads    😂 ${NAME}, Bo
    Bo Closes The Dialog
    Bo Presses 😂 Below "Knock, knock"
    Bo Sees That "Knock, knock" Has 😂 1
    Ada Sees That "Knock, knock" Has 😂 1, Theirs As Well
    Ada Presses 😂 Below "Knock, knock"
    Bo Sees That "Knock, knock" Has No Reactions

A Visitor Is Mentioned While The Tab Is Hidden
    Ada Opens A Room
    Bo Has A Browser
    Record Sounds And Notifications
    Notifications Are    granted
    Bo Follows The Link
    Bo Is Connected
    Bo Says    here I am
    Bo Sees    here I be
    Bo Asks For    notification
    Bo Asks For Notifications Of    Mentions and replies
    Minimize The Window
    Ada Says    hello everybody
    Ada Says    hello @Bo
    Bo Sees    ahoy @Bo
    Bo Was Notified By    ${NAME} · ${NAME}: ahoy @Bo
    Bo Sees The Title    (1) ${NAME} · piratechat
    Bo Restores The Window
    Bo Sees The Title    ${NAME} · piratechat
    Bo Sees The Notification Withdrawn
    Bo Sees That "@Bo" Is Marked As Theirs
    Bo Asks For Notifications Of    Nothing
    Minimize The Window
    Ada Says    where are you, @Bo?
    Bo Sees    where be ye, @Bo?
    Bo Sees The Title    ${NAME} · piratechat
    Bo Was Notified By    ${NAME} · ${NAME}: ahoy @Bo    withdrawn
    Bo Restores The Window

The Owner Pins And Sets A Topic
    Ada Opens A Room
    Bo Follows The Link
    Bo Chooses The Translation    As written
    Bo Is Connected
    Ada Says    this is my friend
    Ada Chooses "Pin" For    this be me hearty
    Bo Sees That "this is my friend" Is Pinned
    Ada Sees That "this be me hearty" Is Pinned
    Ada Sets The Topic    all about my friend
    Bo Sees The Topic    all about my friend
    Ada Sees The Topic    all about me hearty
    Ada Closes What Is Open
    Ada Chooses "Unpin" For    this be me hearty
    Bo Sees Nothing Pinned

The Owner Searches In Pirate And In The Original
    Ada Opens A Room
    Ada Says    where is my friend?
    Ada Posts Many Lines
    FOR    ${words}    ${found}    ${marked}    IN
    ...    hearty    where be me hearty?    hearty
    ...    friend    where is my friend?    friend
        Ada Searches For    ${words}
        Ada Finds    ${found}    ${marked}
        Hit The Key    Arrow_Down
        Hit The Key    Enter
        The Focus Is On    m1
        Ada Hits "Back to where you were"
        Ada Sees The End
    END
    Ada Chooses The Translation    As written
    Ada Searches For    hearty
    Ada Reads    Nothing was found.
    Hit The Key    Escape
    Hit The Key    Escape
    Wait Until Element Is Not Visible    id:search-sheet


*** Keywords ***
${person:\S+} Answers "${said}" By
    [Arguments]    ${text}
    ${person} Presses "reply" At    ${said}
    Wait Until Element Is Visible    id:purpose
    ${person} Says    ${text}

${person:\S+} Presses "${action}" At
    [Documentation]    A button in the toolbar of a message.
    [Arguments]    ${said}
    Switch Browser    ${person}
    VAR    ${message}    ${MESSAGE}\[normalize-space()="${said}"]
    Wait Until Page Contains Element    ${message}
    Mouse Over    ${message}
    Wait Until Element Is Visible    css:.message:hover .actions [data-action=${action}]
    Click Element    css:.message:hover .actions [data-action=${action}]

${person:\S+} Sees That "${answer}" Answers
    [Arguments]    ${line}
    Switch Browser    ${person}
    Wait Until Page Contains Element
    ...    ${MESSAGE}\[normalize-space()="${answer}"]/parent::li/p[@class="reply"]/q[.="${line}"]    limit=1

${person:\S+} Follows The Quote Of "${answer}" And Comes Back
    Switch Browser    ${person}
    VAR    ${message}    ${MESSAGE}\[normalize-space()="${answer}"]/parent::li
    ${id} =    Get Element Attribute    ${message}    id
    Click Element    ${message}/p[@class="reply"]/a
    The Focus Is On    m1
    Click Button    Back to the answer
    The Focus Is On    ${id}

${person:\S+} Reacts To "${said}" With ${emoji:\S+}
    ${person} Presses "react" At    ${said}
    Wait Until Element Is Visible    css:#reaction-picker button[value="${emoji}"]
    Click Element    css:#reaction-picker button[value="${emoji}"]

${person:\S+} Closes The Dialog
    Switch Browser    ${person}
    Click Button    css:#about-message button
    Wait Until Element Is Not Visible    id:about-message

${person:\S+} Presses ${emoji:\S+} Below "${said}"
    Switch Browser    ${person}
    Click Element    ${MESSAGE}\[normalize-space()="${said}"]/parent::li//form[@class="reactions"]/button[@value="${emoji}"]

${person:\S+} Sees That "${said}" Has ${emoji:\S+} ${count:\d+}
    ${person} Sees The Reaction    ${said}    ${emoji}    ${count}    false

${person:\S+} Sees That "${said}" Has ${emoji:\S+} ${count:\d+}, Theirs As Well
    ${person} Sees The Reaction    ${said}    ${emoji}    ${count}    true

${person:\S+} Sees The Reaction
    [Arguments]    ${said}    ${emoji}    ${count}    ${yours}
    Switch Browser    ${person}
    VAR    ${reactions}    ${MESSAGE}\[normalize-space()="${said}"]/parent::li//form[@class="reactions"]
    Wait Until Page Contains Element
    ...    ${reactions}/button[@value="${emoji}" and @aria-pressed="${yours}" and b="${count}"]    limit=1

${person:\S+} Sees That "${said}" Has No Reactions
    Switch Browser    ${person}
    Wait Until Page Does Not Contain Element
    ...    ${MESSAGE}\[normalize-space()="${said}"]/parent::li//form[@class="reactions"]

${person:\S+} Asks For Notifications Of
    [Documentation]    Everything, Mentions and replies, or Nothing.
    [Arguments]    ${wish}
    ${person} Unfolds "notify"
    Select From List By Label    id:about    ${wish}
    ${person} Closes What Is Open

${person:\S+} Sees The Title
    [Arguments]    ${title}
    Switch Browser    ${person}
    Wait For Condition    return document.title === "${title}"

${person:\S+} Sees That "${mention}" Is Marked As Theirs
    Switch Browser    ${person}
    Wait Until Page Contains Element    xpath://li[contains(@class, "for-you")]//span[@class="mention you" and .="${mention}"]

${person:\S+} Sees That "${line}" Is Pinned
    Switch Browser    ${person}
    Wait Until Element Is Visible    css:#pins > summary
    Wait Until Page Contains Element    xpath://*[@id="pins"]//q[.="${line}"]    limit=1

${person:\S+} Sees Nothing Pinned
    Switch Browser    ${person}
    Wait Until Element Is Not Visible    id:pins

${person:\S+} Sets The Topic
    [Arguments]    ${topic}
    ${person} Opens The Panel
    Input Text    id:topic-field    ${topic}
    Save The Settings

${person:\S+} Sees The Topic
    [Arguments]    ${topic}
    Switch Browser    ${person}
    Wait Until Element Contains    id:topic    ${topic}

${person:\S+} Searches For
    [Arguments]    ${words}
    ${person} Closes What Is Open
    Click Element    id:to-search
    Wait Until Element Is Visible    css:#search-sheet input
    Input Text    css:#search-sheet input    ${words}

${person:\S+} Finds
    [Documentation]    Only this message, with this many highlighted matches.
    [Arguments]    ${line}    ${marked}
    Switch Browser    ${person}
    Wait Until Page Contains Element    xpath://*[@id="search-sheet"]//q[.="${line}"]/mark[.="${marked}"]    limit=1
    Page Should Contain Element    css:#search-sheet li    limit=1
