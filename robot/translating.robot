*** Settings ***
Documentation       Each reader chooses a translation, and sees the state of slow ones.

Resource            chat.resource

Suite Setup         The Multilingual Chat Runs
Suite Teardown      The Multilingual Chat Ends
Test Setup          Everybody Arrives
Test Teardown       Run Keywords    The Parrot Translates    AND    Everybody Leaves


*** Test Cases ***
One Writes And Reads Spanish, The Other English
    Apertium Is Installed
    Ada Opens A Room
    Ada Chooses The Translation    English
    Ada Writes In    English
    Bo Follows The Link
    Bo Chooses The Translation    Español
    Bo Writes In    español
    Ada Says    My friend, see https://example.org/house?a=b and ask @grace
    Bo Sees    Mi amigo, ve https://example.org/house?a=b y pedir @grace
    Bo Says    El gato negro duerme en la casa
    Ada Sees That "Bo" Said    The black cat sleeps in the house
    Ada Opens The Original Of    The black cat sleeps in the house
    Ada Reads    El gato negro duerme en la casa
    Bo Sees    El gato negro duerme en la casa

Switching Translates All Messages On The Page
    Ada Opens A Room
    Ada Chooses The Translation    Pirate
    Ada Says    this is it
    Ada Says    my friend
    Ada Sees Messages    this be it    me hearty
    Ada Chooses The Translation    Jack
    Ada Sees Messages    THIS IS IT    MY FRIEND
    Ada Chooses The Translation    As written
    Ada Sees Messages    this is it    my friend
    Ada Reloads The Page
    Ada Sees Messages    this is it    my friend
    Ada Chooses The Translation    Pirate
    Ada Sees Messages    this be it    me hearty

A Pending Translation Shows The Original
    Ada Opens A Room
    Ada Chooses The Translation    Parrot
    The Parrot Hangs
    Ada Says    this is a slow one
    Ada Sees    this is a slow one
    Ada Reads    Translating…
    Bo Follows The Link
    Bo Chooses The Translation    As written
    Bo Says    and this is quick
    Bo Sees    and this is quick
    The Parrot Translates
    Ada Sees Messages    THIS IS A SLOW ONE    AND THIS IS QUICK

A Failed Translation Says Why, And Can Be Retried
    Ada Opens A Room
    Ada Chooses The Translation    Parrot
    The Parrot Fails
    Ada Says    this is not to be
    Ada Reads    Not translated: Parrot
    Ada Sees    this is not to be
    The Parrot Translates
    Ada Asks For The Translation Again
    Ada Sees    THIS IS NOT TO BE

Messages In The Reader's Language Are Not Translated
    Ada Opens A Room
    Ada Chooses The Translation    English
    Ada Writes In    English
    Ada Says    this is English already
    Ada Sees    this is English already
    No Message Has A Note

Third Parties Are Named Before A Translation Is Chosen
    Ada Opens A Room
    Ada Reads    Messages are sent to Parrot & Sons
    Ada Opens The Panel
    Ada Forbids Third-Party Translation
    Ada Reads    Reload to see them
    Ada Reloads The Page
    Page Should Not Contain Link    Parrot

Originals Can Be Shown
    Ada Opens A Room
    Ada Says    this is it
    Ada Shows The Originals
    Ada Reads    this is it
    Ada Says    that is that
    Ada Reads    that is that
    Ada Reloads The Page
    Ada Reads    that is that

A Screen Reader Announces Each Message Once, And No Swap
    Ada Opens A Room
    Ada Chooses The Translation    Jack
    Ada Is Connected
    Bo Follows The Link
    Bo Says    good morning
    Ada Sees    GOOD MORNING
    Ada Hears From The Screen Reader    Bo: GOOD MORNING
    Ada Chooses The Translation    As written
    Ada Sees    good morning
    Ada Hears From The Screen Reader    Bo: GOOD MORNING
    Ada Reloads The Page
    Ada Is Connected
    Ada Hears From The Screen Reader    ${EMPTY}

Without JavaScript A Pending Translation Is There After A Reload
    Ada Opens A Room
    Ada Says    this waits for a reload
    The Parrot Hangs
    Bo Has A Browser Without JavaScript
    Bo Follows The Link
    Bo Follows The Link To The Translation    Parrot
    Bo Sees    this waits for a reload
    Bo Reads    Translating… (showing the original)
    The Parrot Translates
    Wait Until Keyword Succeeds    10s    200ms    Bo Reloads And Sees    THIS WAITS FOR A RELOAD

Screenshots Of Translations
    Ada Opens A Room
    Ada Chooses The Translation    Parrot
    Ada Says    this is it
    Ada Sees    THIS IS IT
    The Parrot Fails
    Ada Says    this fails
    Ada Reads    Not translated
    The Parrot Hangs
    Ada Says    and this takes its time
    Ada Reads    Translating…
    Take Screenshots    translating


*** Keywords ***
${person:\S+} Writes In
    [Arguments]    ${title}
    Switch Browser    ${person}
    Select From List By Label    id:lang    ${title}

${person:\S+} Asks For The Translation Again
    Switch Browser    ${person}
    Click Button    css:button.translate

${person:\S+} Hears From The Screen Reader
    [Documentation]    All announcements of a screen reader.
    [Arguments]    ${text}
    Switch Browser    ${person}
    Wait Until Keyword Succeeds    10s    100ms    The Announcements Are    ${text}

The Announcements Are
    [Arguments]    ${text}
    ${said} =    Execute Javascript
    ...    return [...document.querySelectorAll('#announcer [data-seq]')].map((message) => message.textContent).join('')
    Should Be Equal    ${said}    ${text}

${person:\S+} Shows The Originals
    ${person} Opens The Sheet "more"
    Select Checkbox    css:#beside input

${person:\S+} Forbids Third-Party Translation
    Switch Browser    ${person}
    Unselect Checkbox    id:third_party_translation
    Save The Settings
    Wait Until Element Contains    id:saved    Saved

${person:\S+} Reloads And Sees
    [Arguments]    ${text}
    Switch Browser    ${person}
    Reload Page
    Page Should Contain Element    ${MESSAGE}\[normalize-space()="${text}"]

No Message Has A Note
    Page Should Not Contain Element    css:.note
